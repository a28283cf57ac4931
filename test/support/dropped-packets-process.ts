/*
 * Runs in a network namespace of its own, whose packets a firewall rule drops from some moment on: prints for how long a peer
 * has not acknowledged, first one that reads nothing, then one that has vanished.
 */
import { unansweredMs } from '../../src/net/peer-life.ts';
import { setBufferSizes } from '../../src/net/socket-options.ts';
import { ConnSource } from './conn-source.ts';
import { until } from './proxy.ts';

const LOOKS = 20;

using source = new ConnSource();
const { conn, peer } = await source.next();
setBufferSizes(peer.fd, { receive: 4_096, send: 0 });
peer.pause();
const chunk = new Uint8Array(65_536);
while (conn.write(chunk) > 0); // until the window is closed and the kernel takes no more
let worst = 0;
for (let look = 0; look < LOOKS; look += 1) {
  await new Promise((resolve) => setTimeout(resolve, 50));
  worst = Math.max(worst, unansweredMs(conn.fd));
}
console.log(`stalled ${worst}`);

Bun.spawnSync(['nft', 'add', 'table', 'inet', 'lost']);
Bun.spawnSync(['nft', 'add chain inet lost out { type filter hook output priority 0; policy drop; }']);
await until(() => unansweredMs(conn.fd) > 1_500, 'the peer is silent');
console.log(`vanished ${unansweredMs(conn.fd)}`);
process.exit(0);
