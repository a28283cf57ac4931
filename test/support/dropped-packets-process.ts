/*
 * Runs in a network namespace of its own, whose packets a firewall rule drops from some moment on: prints for how long a peer
 * has not acknowledged and whether it passes for deaf, first one that reads nothing, then one that has vanished.
 */
import { isDeaf, unansweredMs } from '../../src/net/peer-life.ts';
import { setBufferSizes } from '../../src/net/socket-options.ts';
import { ConnSource } from './conn-source.ts';
import { until } from './proxy.ts';

const LOOKS = 20;

using source = new ConnSource();
const { conn, peer } = await source.next();
const { conn: idle } = await source.next();
setBufferSizes(peer.fd, { receive: 4_096, send: 0 });
peer.pause();
const chunk = new Uint8Array(65_536);
while (conn.write(chunk) > 0); // until the window is closed and the kernel takes no more
let worst = 0;
let wasDeaf = false;
for (let look = 0; look < LOOKS; look += 1) {
  await new Promise((resolve) => setTimeout(resolve, 50));
  worst = Math.max(worst, unansweredMs(conn.fd));
  wasDeaf ||= isDeaf(conn.fd);
}
console.log(`stalled ${worst} ${wasDeaf}`);

Bun.spawnSync(['nft', 'add', 'table', 'inet', 'lost']);
Bun.spawnSync(['nft', 'add chain inet lost in { type filter hook input priority 0; policy drop; }']);
idle.write(chunk.subarray(0, 100));
const isDeafAtOnce = isDeaf(idle.fd); // though it has acknowledged nothing since long ago
await until(() => unansweredMs(conn.fd) > 1_500, 'the peer is silent');
console.log(`vanished ${unansweredMs(conn.fd)}`);
await until(() => isDeaf(idle.fd), 'the peer is deaf', 10_000);
console.log(`deaf ${Math.round(performance.now())} ${isDeafAtOnce}`);
process.exit(0);
