import { LoadProcess } from '../load-process.ts';
import { median } from '../measure/median.ts';
import { endAll, mostSessions } from '../programs.ts';
import { SECRETS } from '../secrets.ts';
import { cpuSeconds, memoryMb, startPetrel, type Target } from '../target.ts';
import { CrowdProcess } from './crowd-process.ts';

/**
 * `npm run bench:strangers`: what strangers cost before they have proved a secret, and what clients notice of them. Petrel has one
 * core, clients, strangers, data centre and site share the other.
 */
const HELD = Math.min(5_000, mostSessions() - 500);
const HALF_HELLO_BYTES = 600;
const VISITS = 2_000;
/** Wrong hellos by number of users: below the pace at which searches are cut short (docs/security.md), and so many that the clock tells them. */
const SEARCHES: readonly { readonly users: number; readonly perSecond: number; readonly count: number }[] = [
  { users: 1, perSecond: 500, count: 2_000 },
  { users: 100, perSecond: 150, count: 900 },
  { users: 1_000, perSecond: 15, count: 90 },
  { users: 10_000, perSecond: 1, count: 10 },
];
const ATTACK = { perSecond: 2_000, seconds: 8, dripMs: 5_000 };
const GOOD = { clients: 200, perSecond: 1_000, seconds: 5, bytes: 200, bulkBytesPerSecond: 0 };
const TURNS = 3;

process.on('exit', endAll);
const load = await LoadProcess.start({ dcPort: 0 });
const crowd = await CrowdProcess.start('load');
const { sitePort } = crowd;

await held('a silent socket', 0);
await held('half a hello', HALF_HELLO_BYTES);
for (const search of SEARCHES) await searched(search);
await visited();
await attacked(1);
await attacked(1_000);
await crowd.end();
await load.end();

async function held(name: string, bytes: number): Promise<void> {
  await withPetrel({}, async ({ port, pid }) => {
    const before = memoryMb(pid).rss;
    const cpu = await cpuOf(pid, () => crowd.order({ do: 'hold', port, count: HELD, bytes }));
    await Bun.sleep(1_000);
    const kilobytes = ((memoryMb(pid).rss - before) * 1_024) / HELD;
    console.log(`${name}: ${us(cpu / HELD)} CPU, ${kilobytes.toFixed(1)} KB in the process (${HELD} at once)`);
    await crowd.order({ do: 'let-go' });
  });
}

async function searched({ users, perSecond, count }: (typeof SEARCHES)[number]): Promise<void> {
  await withPetrel({ users }, async ({ port, pid }) => {
    await crowd.order({ do: 'visits', port, count: 200, parallel: 10 }); // warm
    await Bun.sleep(2_000);
    const cpu = await cpuOf(pid, () => crowd.order({ do: 'wrong-hellos', port, perSecond, count }));
    console.log(`a wrong hello with ${users} users, site's answer included: ${us(cpu / count)} CPU`);
  });
}

async function visited(): Promise<void> {
  await withPetrel({}, async ({ port, pid }) => {
    await crowd.order({ do: 'visits', port, count: 200, parallel: 10 });
    const cpu = await cpuOf(pid, () => crowd.order({ do: 'visits', port, count: VISITS, parallel: 20 }));
    console.log(`a splice with a page of 10 KB: ${us(cpu / VISITS)} CPU`);
  });
}

/** Good clients at their own pace, in turns beside strangers that go to the site directly and beside the same at Petrel. */
async function attacked(users: number): Promise<void> {
  await withPetrel({ users }, async ({ host, port, pid }) => {
    const good = async () => {
      const { p99us = Number.NaN } = await load.ask({ do: 'paced', host, port, secret: SECRETS.ee, ...GOOD });
      return p99us;
    };
    await good();
    const apart: number[] = [];
    const beside: number[] = [];
    const shares: number[] = [];
    for (let turn = 0; turn < TURNS; turn += 1) {
      await under(sitePort, async () => void apart.push(await good()));
      await under(port, async () => {
        const cpu = await cpuOf(pid, async () => void beside.push(await good()));
        shares.push(cpu / GOOD.seconds);
      });
    }
    console.log(
      `${GOOD.clients} clients beside ${HELD} slow strangers and ${ATTACK.perSecond} wrong hellos a second, ${users} users: ` +
        `p99 ${ms(median(beside))}, ${ms(median(apart))} while they go to the site itself (CPU ${(median(shares) * 100).toFixed(0)} %)`,
    );
  });
}

async function under(port: number, work: () => Promise<void>): Promise<void> {
  await crowd.order({ do: 'hold', port, count: HELD, bytes: HALF_HELLO_BYTES });
  await crowd.order({ do: 'drip', everyMs: ATTACK.dripMs });
  const { perSecond, seconds } = ATTACK;
  const attacking = crowd.order({ do: 'wrong-hellos', port, perSecond, count: perSecond * seconds });
  await work();
  await attacking;
  await crowd.order({ do: 'let-go' });
}

async function withPetrel(options: { users?: number }, measure: (target: Target & { pid: number }) => Promise<void>) {
  const target = await startPetrel(load.dcPort, { ...options, sitePort });
  await Bun.sleep(4_000); // the start's own work
  await measure({ ...target, pid: target.pid ?? 0 });
  await target.stop();
}

async function cpuOf(pid: number, work: () => Promise<void>): Promise<number> {
  const before = cpuSeconds(pid);
  await work();
  return cpuSeconds(pid) - before;
}

function us(seconds: number): string {
  return `${(seconds * 1e6).toFixed(0)} us`;
}

function ms(micros: number): string {
  return `${(micros / 1_000).toFixed(2)} ms`;
}
