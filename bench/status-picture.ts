import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { linesOf } from '../test/support/lines-of.ts';
import { LoadProcess } from './load-process.ts';
import { end, endAll, ROOT, spawnPinned } from './programs.ts';
import { terminalSvg } from './report/terminal-svg.ts';
import { eeSecret } from './secrets.ts';

/**
 * Takes the picture of `petrel status` for the README: a real proxy with the load of phones, all on loopback. Usage:
 * `unshare -n sh -c 'ip link set lo up; bun bench/status-picture.ts docs/pictures/status.svg'`, so that it can have port 443.
 */
const PHONES = 60;
const SECONDS = 25;
const LOOK_AFTER_MS = 18_000;
const NAMES = ['family', 'friends', 'office'];

const file = process.argv[2] ?? 'status.svg';
process.on('exit', endAll);
const load = await LoadProcess.start({ dcPort: 0 });
const folder = mkdtempSync(join(tmpdir(), 'petrel-picture-'));
const keys = NAMES.map((name) => new Bun.CryptoHasher('md5').update(name).digest('hex'));
writeFileSync(
  join(folder, 'petrel.toml'),
  `
port = 443
[tls]
domain = "front.example.org"
[mask]
host = "127.0.0.1"
port = 1
[log]
level = "error"
[telegram.dc_overrides]
${[1, 2, 3, 4, 5, 203].map((dc) => `"${dc}" = "127.0.0.1:${load.dcPort}"`).join('\n')}
${NAMES.map((name, index) => `[users.${name}]\nsecret = "${keys[index]}"\nmax_connections = 0`).join('\n')}
`,
);
const petrel = spawnPinned('proxy', [join(ROOT, 'src/main.ts'), 'run'], folder);
await Bun.sleep(2_000);
const secret = keys.map(eeSecret);
const busy = load.ask({ do: 'phones', host: '127.0.0.1', port: 443, secret, phones: PHONES, seconds: SECONDS });
await Bun.sleep(LOOK_AFTER_MS);
const status = spawnPinned('load', [join(ROOT, 'src/main.ts'), 'status'], folder);
const lines = await Array.fromAsync(linesOf(status.stdout));
writeFileSync(file, terminalSvg('petrel status', lines));
console.log(lines.join('\n'));
await busy;
await end(petrel);
await load.end();
rmSync(folder, { recursive: true });
