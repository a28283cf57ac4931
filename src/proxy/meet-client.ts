import { type Identity, identify } from './identify.ts';
import type { Outcome } from './outcome.ts';
import type { Policy } from './policy.ts';
import type { Session } from './session-table.ts';

export type Meeting =
  | Exclude<Identity, { kind: 'need-more' }>
  | { kind: 'truncated' }
  | { kind: 'gone'; outcome: Outcome };

/**
 * Waits for a client's first message and says what it is. Nothing is taken from the reader yet, so that a
 * stranger's bytes can go to the site unchanged.
 *
 * The first byte may take long (phones open sockets ahead of use), the rest only the handshake limit; a first
 * message that stalls or ends half-way makes a stranger: the site knows what to do with it.
 */
export async function meetClient(session: Session, policy: Policy): Promise<Meeting> {
  const { reader } = session;
  if (reader === null) return { kind: 'gone', outcome: 'left' };
  session.giveTime(policy.limits.firstByteTimeoutMs);
  let hasSpoken = false;
  for (;;) {
    const identity = identify(reader.bytes, policy.modes);
    if (identity.kind !== 'need-more') return identity;
    if (reader.bytes.length > 0 && !hasSpoken) {
      hasSpoken = true;
      session.giveTime(policy.limits.handshakeTimeoutMs);
    }
    const event = await reader.next();
    if (event === 'bytes') continue;
    if (event === 'closed') return { kind: 'gone', outcome: 'left' };
    if (reader.bytes.length > 0) return { kind: 'truncated' };
    return { kind: 'gone', outcome: event === 'expired' ? 'silent' : 'left' };
  }
}
