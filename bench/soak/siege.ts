import { MemoryGroup } from '../../test/support/memory-group.ts';
import { median } from '../measure/median.ts';
import { CrowdProcess } from '../strangers/crowd-process.ts';
import { RealUsers } from './real-users.ts';
import { World } from './world.ts';

/** What strangers do at a port that is not theirs: the proxy's, or the site's own for comparison. */
interface Attack {
  readonly name: string;
  /** Resolves when it stands, or goes on. */
  begin(crowd: CrowdProcess, port: number): Promise<void>;
}

/** Room for some 500 sessions, so that a small crowd is more than there is room for. */
const OPEN_FILES = 1_024;
/** A small server's: enough for all that stand, not for kernel buffers without a bound. */
const MEMORY_BYTES = 300 * 1024 * 1024;
/** One more to search through for each wrong hello. */
const MORE_USERS = 1_000;
/** Longer than an attack lasts: nobody is gone by himself. */
const PATIENCE = '60s';

const STALLED = 100;
const SILENT = 1_500;
const HALF_HELLO_BYTES = 600;
const WRONG_HELLOS_PER_SECOND = 100;

const ATTACKS: readonly Attack[] = [
  {
    name: 'strangers that stall in the middle of a page without an end',
    begin: (crowd, port) => crowd.order({ do: 'stall', port, count: STALLED }),
  },
  {
    name: 'a silent crowd',
    begin: (crowd, port) => crowd.order({ do: 'hold', port, count: SILENT, bytes: 0 }),
  },
  {
    name: 'a crowd that has said half a hello',
    begin: (crowd, port) => crowd.order({ do: 'hold', port, count: SILENT, bytes: HALF_HELLO_BYTES }),
  },
  {
    name: 'hellos with a wrong secret',
    begin: async (crowd, port) => {
      const perSecond = WRONG_HELLOS_PER_SECOND;
      const seconds = (STANDS_AFTER_MS + MEASURE_MS) / 1_000;
      void crowd.order({ do: 'wrong-hellos', port, perSecond, count: perSecond * seconds }); // it goes on meanwhile
    },
  },
];

const MEASURE_MS = 1_500;
/** What comes at once with the first of a crowd, as buffers that fill, is over. */
const STANDS_AFTER_MS = 500;
/** Each attack in turns on the proxy and on the site itself: what the machine's own noise does, it does to both. */
const TURNS = 3;
/** Users may notice so much of an attack, against the same one on the site itself ... */
const FACTOR = 2;
/**
 * ... and so much more, in milliseconds: where proxy, users, strangers and site share two cores the 99th of 100 waits for some time
 * slices (4 ms each) of the others. The faults that this is for cost users hundreds of milliseconds, or their sessions.
 */
const SLACK_MS = 25;
/** When most turns are beyond the line there are as many more, once: only what is so again is a fault. */
const MOST_ROUNDS = 2;

interface Turn {
  /** Milliseconds. */
  readonly p99: number;
  /** The proxy waited for a processor for longer than it ran: this tells of the machine, not of the proxy. */
  readonly isStarved: boolean;
}

/** What users notice of attacks by those who know no secret. @returns what must not be, in words */
export async function siege(): Promise<string[]> {
  const crowd = await CrowdProcess.start('any');
  const group = MemoryGroup.isPossible() ? MemoryGroup.make(MEMORY_BYTES) : null;
  const { sitePort } = crowd;
  const confinement = { openFiles: OPEN_FILES, ...(group !== null && { group: group.entry }) };
  const world = await World.start({ sitePort, moreUsers: MORE_USERS, patience: PATIENCE, ...confinement });
  const faults: string[] = [];
  try {
    const users = await RealUsers.enter(world);
    await users.measure(MEASURE_MS); // warm
    for (const attack of ATTACKS) faults.push(...(await endure(attack, crowd, world, users)));
    users.leave();
    faults.push(...users.faults);
    if (group !== null && group.oomKills > 0) faults.push('the kernel killed for want of memory');
    const exitCode = await world.proxy.stop();
    if (exitCode !== 0) faults.push(`the proxy under attack ended with ${exitCode}`);
  } finally {
    world.close();
    await crowd.end();
    await removed(group, world);
  }
  return faults;
}

async function endure(attack: Attack, crowd: CrowdProcess, world: World, users: RealUsers): Promise<string[]> {
  const apart: Turn[] = [];
  const beside: Turn[] = [];
  const under = async (port: number): Promise<Turn> => {
    users.beside = port === world.port ? attack.name : `${attack.name}, at the site`;
    await attack.begin(crowd, port);
    await users.measure(STANDS_AFTER_MS);
    const before = world.proxy.processorTime;
    const p99 = await users.measure(MEASURE_MS);
    const { ran, waited } = world.proxy.processorTime;
    await crowd.order({ do: 'let-go' });
    return { p99, isStarved: waited - before.waited > ran - before.ran };
  };
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    for (let turn = 0; turn < TURNS; turn += 1) {
      apart.push(await under(crowd.sitePort));
      beside.push(await under(world.port));
    }
    console.log(`${attack.name}: p99 ${text(beside)} beside it, ${text(apart)} while it goes to the site itself`);
    const line = FACTOR * medianOf(apart) + SLACK_MS;
    const late = beside.filter(({ p99, isStarved }) => p99 > line && !isStarved);
    if (late.length <= beside.length / 2) return [];
  }
  const [ours, theirs] = [beside, apart].map((turns) => medianOf(turns).toFixed(1));
  return [`users notice ${attack.name}: p99 ${ours} ms, ${theirs} ms while it goes to the site itself`];
}

/** A group can go once its processes have. */
async function removed(group: MemoryGroup | null, { proxy }: World): Promise<void> {
  if (group === null) return;
  await proxy.ended;
  group[Symbol.dispose]();
}

function medianOf(turns: readonly Turn[]): number {
  return median(turns.map(({ p99 }) => p99));
}

function text(turns: readonly Turn[]): string {
  const each = turns.map(({ p99, isStarved }) => `${p99.toFixed(1)}${isStarved ? ' (starved)' : ''}`);
  return `${each.join(', ')} ms`;
}
