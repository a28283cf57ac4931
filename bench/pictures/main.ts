import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Cgroup } from '../cgroup.ts';
import { LoadProcess } from '../load-process.ts';
import { endAll, ROOT } from '../programs.ts';
import { eeSecret } from '../secrets.ts';
import { screenOf } from './screen-text.ts';
import { COLUMNS, Shot } from './shot.ts';
import { keyOf, Stage } from './stage.ts';
import { terminalSvg } from './terminal-svg.ts';

/**
 * Takes the pictures of terminals in docs/pictures: real commands, against simulated data centres, with the addresses of
 * documentation. `npm run pictures` runs it in namespaces of its own; needs root, iproute2 and openssl.
 */
const FOLDER = join(ROOT, 'docs/pictures');
const USERS = ['family', 'friends', 'office'];
const PHONES = 60;
const PHONE_SECONDS = 25;
/** Both are long enough for averages over some seconds to settle. */
const STATUS_AFTER_MS = 18_000;
const DEMO_SECONDS = 12;
const SMALL_SERVER = { cpus: 0.8, memoryBytes: 1536 * 1024 * 1024 };

process.on('exit', endAll);
await using stage = await Stage.build();
const group = new Cgroup('petrel-picture', SMALL_SERVER);
await firstStart();
await doctor();
await status();
await demo();
await group.remove();

async function firstStart(): Promise<void> {
  stage.configure([]);
  await using petrel = await serving();
  save('first-start', 'petrel run', petrel.output);
}

async function doctor(): Promise<void> {
  stage.configure(USERS);
  await using _running = await serving();
  const env = { SSL_CERT_FILE: stage.authority };
  await using examined = new Shot(['doctor'], stage.folder, { env, group });
  await examined.exited();
  save('doctor', 'petrel doctor', examined.output);
}

async function status(): Promise<void> {
  stage.configure(USERS);
  const load = await LoadProcess.start({ dcPort: null });
  await using _running = await serving();
  const secret = USERS.map((name) => eeSecret(keyOf(name)));
  const busy = load.ask({ do: 'phones', host: '127.0.0.1', port: 443, secret, phones: PHONES, seconds: PHONE_SECONDS });
  await Bun.sleep(STATUS_AFTER_MS);
  await using shown = new Shot(['status'], stage.folder);
  await shown.exited();
  save('status', 'petrel status', shown.output);
  await busy;
  await load.end();
}

async function demo(): Promise<void> {
  await using shown = new Shot(['demo', '--seconds', String(DEMO_SECONDS)], stage.folder);
  await shown.exited();
  save('demo', 'petrel demo', shown.output);
}

async function serving(): Promise<Shot> {
  const petrel = new Shot(['run'], stage.folder, { group });
  await petrel.shows('serving');
  return petrel;
}

function save(name: string, command: string, output: string): void {
  writeFileSync(join(FOLDER, `${name}.svg`), terminalSvg(command, screenOf(output, COLUMNS)));
}
