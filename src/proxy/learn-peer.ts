import { canonicalIp } from '../kit/address.ts';
import { readProxyHeader } from '../wire/proxy-header.ts';
import type { Policy } from './policy.ts';
import type { Session } from './session-table.ts';

/**
 * Reads the PROXY header of a load balancer in front of us, exactly, and takes the client's address from it.
 *
 * @returns false when the peer is not trusted to say so, or says nothing that can be understood
 */
export async function learnPeer(session: Session, rule: NonNullable<Policy['proxyProtocol']>): Promise<boolean> {
  const { reader } = session;
  if (reader === null) return true;
  if (session.peer.ip !== '' && !rule.isTrusted(session.peer.ip)) return false; // '': a unix socket, which is local
  for (;;) {
    const reading = readProxyHeader(reader.bytes);
    if (reading.kind === 'reject') return false;
    if (reading.kind === 'match') {
      reader.consume(reading.consumed);
      if (reading.source !== null) session.peer = { ...reading.source, ip: canonicalIp(reading.source.ip) };
      return true;
    }
    if ((await reader.next()) !== 'bytes') return false;
  }
}
