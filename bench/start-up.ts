import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SimulatedClient } from '../src/demo/client/simulated-client.ts';
import { SimulatedDataCenter } from '../src/demo/telegram/data-center.ts';
import { fromHex, utf8 } from '../src/kit/bytes.ts';
import { freePort } from '../test/support/free-port.ts';
import { median } from './measure/median.ts';
import { ROOT } from './programs.ts';
import { DOMAIN, KEY } from './secrets.ts';
import { petrelToml } from './target.ts';

/**
 * How long a start takes: milliseconds from the program's begin until a connection is accepted, and until a client has its first
 * answer through it. Usage: `bun bench/start-up.ts [PROGRAM ...]`, by default dist/petrel (`npm run build` makes it).
 */
const STARTS = 15;
const given = process.argv.slice(2);
const program = given.length > 0 ? given : [join(ROOT, 'dist/petrel')];
const dc = SimulatedDataCenter.start();
const folder = mkdtempSync(join(tmpdir(), 'petrel-start-'));
const secret = { kind: 'ee', key: fromHex(KEY), domain: DOMAIN } as const;
const accepted: number[] = [];
const answered: number[] = [];

for (let start = 0; start < STARTS; start += 1) {
  const port = freePort();
  writeFileSync(join(folder, 'petrel.toml'), petrelToml(port, `127.0.0.1:${dc.port}`));
  const begin = performance.now();
  const petrel = Bun.spawn([...program, 'run'], { cwd: folder, stdout: 'ignore', stderr: 'inherit' });
  await untilAccepted(port);
  accepted.push(performance.now() - begin);
  const client = await SimulatedClient.connect({ host: '127.0.0.1', port, secret });
  await client.echo(utf8('sixteen bytes...'));
  answered.push(performance.now() - begin);
  petrel.kill('SIGKILL');
  await petrel.exited;
}
console.log(
  `accepts after ${median(accepted).toFixed(0)} ms (worst of ${STARTS}: ${Math.max(...accepted).toFixed(0)})`,
);
console.log(`a first client has its answer after ${median(answered).toFixed(0)} ms`);
rmSync(folder, { recursive: true });
process.exit();

async function untilAccepted(port: number): Promise<void> {
  for (;;) {
    try {
      (await Bun.connect({ hostname: '127.0.0.1', port, socket: { data() {} } })).terminate();
      return;
    } catch {
      await Bun.sleep(2);
    }
  }
}
