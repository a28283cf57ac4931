import type { Conn } from '../../src/net/conn.ts';
import { setBufferSizes } from '../../src/net/socket-options.ts';
import { Relay, type RelayEnd, type RelayPlan } from '../../src/proxy/relay.ts';
import { VERBATIM } from '../../src/proxy/stages.ts';
import { ConnSource } from './conn-source.ts';

/** More bytes than every buffer of such a relay holds. */
export const LONG = 2_000_000;

/** A relay between two peers in the test's hands; buffers small, so that a remainder is kept soon. */
export async function runningRelay(changes: Partial<RelayPlan> | ((client: Conn) => Partial<RelayPlan>) = {}) {
  const source = new ConnSource();
  const client = await source.next();
  const far = await source.next();
  for (const { conn } of [client, far]) setBufferSizes(conn.fd, { receive: 16_384, send: 16_384 });
  const counted = { up: 0, down: 0, left: Number.POSITIVE_INFINITY, ends: [] as string[] };
  const take = (bytes: number) => {
    counted.left -= bytes;
    return counted.left > 0;
  };
  const running = new Relay({
    client: client.conn,
    far: far.conn,
    uplink: VERBATIM,
    downlink: VERBATIM,
    uplinkRate: null,
    downlinkRate: null,
    meter: {
      countUplink: (bytes) => {
        counted.up += bytes;
        return take(bytes);
      },
      countDownlink: (bytes) => {
        counted.down += bytes;
        return take(bytes);
      },
      ended: (by) => void counted.ends.push(by),
    },
    ...(typeof changes === 'function' ? changes(client.conn) : changes),
  });
  let end: RelayEnd | null = null;
  const done = running.done.then((how) => {
    end = how;
    return how;
  });
  return {
    relay: running,
    done,
    client,
    far,
    counted,
    get end() {
      return end;
    },
    [Symbol.dispose]() {
      for (const { conn, peer } of [client, far]) {
        conn.close();
        peer.close();
      }
      source[Symbol.dispose]();
    },
  };
}
