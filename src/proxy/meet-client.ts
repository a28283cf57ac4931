import { type Identity, identify, looksLikeTls } from './identify.ts';
import type { Outcome } from './outcome.ts';
import type { Plane } from './plane.ts';
import type { Policy } from './policy.ts';
import type { Session } from './session-table.ts';

export type Meeting =
  | Exclude<Identity, { kind: 'need-more' }>
  | { kind: 'truncated' }
  | { kind: 'gone'; outcome: Outcome };

/** An init header comes in one segment: what is shorter for so long is somebody who waits for the site's answer. */
const HEADER_PATIENCE_MS = 2_000;

/**
 * Waits for a client's first message and says what it is. Nothing is taken from the reader yet, so that a
 * stranger's bytes can go to the site unchanged.
 *
 * The first byte may take long (phones open sockets ahead of use), the rest only the handshake limit; a first
 * message that stalls or ends half-way makes a stranger: the site knows what to do with it.
 */
export async function meetClient(session: Session, plane: Plane): Promise<Meeting> {
  const { reader } = session;
  if (reader === null) return { kind: 'gone', outcome: 'left' };
  session.giveTime(plane.policy.limits.firstByteTimeoutMs);
  let hasSpoken = false;
  for (;;) {
    const { bytes } = reader;
    const identity = identify(bytes, plane.policy.modes);
    if (identity.kind !== 'need-more') return identity;
    if (bytes.length > 0 && !hasSpoken) {
      hasSpoken = true;
      session.giveTime(patience(bytes, plane.policy.limits));
    }
    const event = await reader.next();
    if (event === 'bytes') continue;
    if (event === 'closed') return { kind: 'gone', outcome: 'left' };
    if (reader.bytes.length > 0) return { kind: 'truncated' };
    return { kind: 'gone', outcome: event === 'expired' ? 'silent' : 'left' };
  }
}

function patience(bytes: Uint8Array, { handshakeTimeoutMs }: Policy['limits']): number {
  return looksLikeTls(bytes) ? handshakeTimeoutMs : Math.min(handshakeTimeoutMs, HEADER_PATIENCE_MS);
}
