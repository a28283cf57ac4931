import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SimulatedClient } from '../src/demo/client/simulated-client.ts';
import { SimulatedDataCenter } from '../src/demo/telegram/data-center.ts';
import { fromHex, utf8 } from '../src/kit/bytes.ts';
import { linesOf } from '../test/support/lines-of.ts';
import { DelayedLink } from './delayed-link.ts';
import { median } from './measure/median.ts';
import { ROOT } from './programs.ts';
import { DOMAIN, KEY } from './secrets.ts';
import { petrelToml } from './target.ts';

/**
 * What connections opened ahead save: the time from a client's connecting to its first answer, with a data centre that is
 * 25 ms away each way, and the client beside the proxy. Usage: `bun bench/pool-effect.ts` (root, iproute2).
 */
const DELAY_MS = 25;
const DC_PORT = 7_001;
const PROXY_PORT = 7_002;
const VISITS = 15;
const PAUSE_MS = 1_200; // the pool looks for needs once a second

const [role, poolSize = ''] = process.argv.slice(2);
if (role === 'data-centre') SimulatedDataCenter.start({ hostname: DelayedLink.farAddress, port: DC_PORT });
else if (role === 'clients') await visits();
else await main();

async function main(): Promise<void> {
  using _ = new DelayedLink(DELAY_MS);
  const dc = inside(DelayedLink.far, [process.execPath, import.meta.path, 'data-centre']);
  await Bun.sleep(500);
  for (const pool of ['0', '16']) {
    const clients = inside(DelayedLink.near, [process.execPath, import.meta.path, 'clients', pool]);
    for await (const line of linesOf(clients.stdout)) console.log(line);
    await clients.exited;
  }
  dc.kill();
  await dc.exited;
}

function inside(namespace: string, command: readonly string[]) {
  return Bun.spawn(['ip', 'netns', 'exec', namespace, ...command], { stdout: 'pipe', stderr: 'inherit' });
}

async function visits(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'petrel-pool-'));
  writeFileSync(
    join(folder, 'petrel.toml'),
    petrelToml(PROXY_PORT, `${DelayedLink.farAddress}:${DC_PORT}`, { poolSize: Number(poolSize) }),
  );
  const proxy = Bun.spawn([process.execPath, join(ROOT, 'src/main.ts'), 'run'], {
    cwd: folder,
    stdout: 'ignore',
    stderr: 'inherit',
  });
  await Bun.sleep(1_500);
  const times: number[] = [];
  for (let visit = 0; visit <= VISITS; visit += 1) {
    const start = performance.now();
    const secret = { kind: 'ee', key: fromHex(KEY), domain: DOMAIN } as const;
    const client = await SimulatedClient.connect({ host: '127.0.0.1', port: PROXY_PORT, secret });
    await client.echo(utf8('sixteen bytes...'));
    if (visit > 0) times.push(performance.now() - start); // the first finds no pool yet
    client.close();
    await Bun.sleep(PAUSE_MS);
  }
  console.log(`pool_size = ${poolSize}: first answer after ${median(times).toFixed(0)} ms (median of ${VISITS})`);
  proxy.kill();
  await proxy.exited;
  rmSync(folder, { recursive: true });
}
