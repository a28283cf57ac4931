import { parseArgs } from 'node:util';
import { SimulatedClient } from '../../src/demo/client/simulated-client.ts';
import { utf8 } from '../../src/kit/bytes.ts';
import { Prng } from '../../test/support/prng.ts';
import { type Balance, differences, growth, readBalance } from './balance.ts';
import type { MemoryInUse } from './proxy-process.ts';
import { siege } from './siege.ts';
import { TROUBLES, type Trouble } from './troubles.ts';
import { VISITS, type Visit } from './visits.ts';
import { DCS, World } from './world.ts';

/**
 * `npm run soak`: many connections of every kind in waves, with a trouble around the proxy in each, while some sessions
 * stay all the time; in the end memory, descriptors and counters have to be back where they began. The same seed gives the same visits.
 * Before that strangers attack a proxy while real users use it: nobody may be closed, and few may notice.
 */
const { values } = parseArgs({
  options: {
    connections: { type: 'string', default: '200000' },
    minutes: { type: 'string', default: '60' },
    parallel: { type: 'string', default: '150' },
    seed: { type: 'string', default: '1' },
    short: { type: 'boolean', default: false },
  },
});
const CONNECTIONS = values.short ? 45_000 : Number(values.connections);
const LIMIT_MS = (values.short ? 4 : Number(values.minutes)) * 60_000;
const PARALLEL = Number(values.parallel);
/** The first round through all troubles shows how much memory they need, the others that it stays at that. */
const ROUNDS = 3;
const WAVES = ROUNDS * TROUBLES.length;
const HELD = 50;
const TROUBLE_EVERY_MS = 250;
const MOST_FAILURES = 20;

const start = performance.now();
const prng = new Prng(Number(values.seed));
const deck = VISITS.flatMap((visit) => Array.from({ length: visit.weight }, () => visit));
const failures: string[] = [];
let visits = 0;
let excused = 0;

const underAttack = await siege();
const world = await World.start();
process.on('exit', () => world.close());
if (!world.hasOwnDisk) console.log('not root: the wave with a full disk has an ordinary one');
const held = await Promise.all(Array.from({ length: HELD }, hold));
const before = await readBalance(world, HELD);
const inUse: MemoryInUse[] = [];
report('begin', before);

for (let turn = 0; turn < WAVES && performance.now() - start < LIMIT_MS && !world.proxy.hasEnded; turn += 1) {
  const trouble = TROUBLES[turn % TROUBLES.length] as Trouble;
  await wave(trouble, CONNECTIONS / WAVES);
  for (const client of held)
    await client.echo(utf8('still here, all the time')).catch((error) => fail('a held session', error));
  const { memory, descriptors } = await readBalance(world, HELD);
  inUse.push(memory);
  console.log(
    `${seconds()} s  ${visits} connections  ${memoryText(memory)}  ${descriptors} descriptors  ${trouble.name}`,
  );
}
const after = await readBalance(world, HELD, before.descriptors);
report('end', after);
for (const client of held) client.close();
const left = await readBalance(world, 0, before.descriptors - HELD);
const exitCode = await world.proxy.stop();

const faults = [
  ...underAttack,
  ...differences(before, after),
  ...differences({ ...before, descriptors: before.descriptors - HELD }, left),
  ...growth(inUse, TROUBLES.length),
  ...(exitCode === 0 ? [] : [`the proxy ended with ${exitCode}`]),
  ...failures,
];
console.log(`${visits} connections in ${seconds()} s; ${excused} failed while a trouble excused them`);
for (const fault of faults) console.log(`FAULT: ${fault}`);
if (faults.length === 0) console.log('everything is back where it began');
process.exit(faults.length === 0 ? 0 : 1);

/** Visits in parallel, with a trouble around them. */
async function wave(trouble: Trouble, count: number): Promise<void> {
  let left = Math.floor(count);
  let turn = 0;
  trouble.begin(world);
  const timer = setInterval(() => trouble.goOn?.(world, turn++), TROUBLE_EVERY_MS);
  const visitor = async () => {
    while (left > 0 && !world.proxy.hasEnded && performance.now() - start < LIMIT_MS) {
      left -= 1;
      await visit(prng.pick(deck), trouble);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, visitor));
  clearInterval(timer);
  trouble.end(world);
}

async function visit(chosen: Visit, trouble: Trouble): Promise<void> {
  visits += 1;
  try {
    await chosen.run(world, prng);
  } catch (error) {
    if (trouble.excuses || !chosen.mustSucceed) excused += 1;
    else fail(`${chosen.name} during ${trouble.name}`, error);
  }
}

function fail(what: string, error: unknown): void {
  if (failures.length < MOST_FAILURES)
    failures.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
}

/** A session that stays: to a data centre without troubles. */
function hold(): Promise<SimulatedClient> {
  return SimulatedClient.connect({ host: '127.0.0.1', port: world.port, secret: world.secret('ee'), dc: DCS.steady });
}

function report(when: string, balance: Balance): void {
  console.log(`${when}: ${JSON.stringify(balance)}`);
}

function memoryText({ rss, anonymous, heap }: MemoryInUse): string {
  return `${rss.toFixed(0)} MB (${anonymous.toFixed(1)} anonymous, ${heap.toFixed(1)} of objects)`;
}

function seconds(): string {
  return String(Math.round((performance.now() - start) / 1_000)).padStart(4);
}
