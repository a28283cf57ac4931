import { median } from '../measure/median.ts';
import type { MemoryInUse } from './proxy-process.ts';
import type { World } from './world.ts';

/** What has to be back where it began once nobody is left. */
export interface Balance {
  readonly memory: MemoryInUse;
  /** Without the connections opened ahead, which come and go with need. */
  readonly sockets: number;
  readonly openSessions: number;
  readonly userPlaces: number;
  /** Sessions accepted that ended with no outcome. */
  readonly unaccounted: number;
  /** Connections at the data centres that the proxy does not know of. */
  readonly strayAtDataCenters: number;
}

const SETTLE_LIMIT_MS = 60_000;
const LOOK_EVERY_MS = 200;

/**
 * Waits until the proxy has no session left (except `held`), then reads the balance.
 *
 * @param sockets waits for so few too: connections that are being opened ahead have one and are not ready yet
 */
export async function readBalance(world: World, held: number, sockets = Number.POSITIVE_INFINITY): Promise<Balance> {
  const deadline = performance.now() + SETTLE_LIMIT_MS;
  for (;;) {
    const balance = await readNow(world, held);
    const isSettled = balance.openSessions === 0 && balance.strayAtDataCenters === 0 && balance.sockets <= sockets;
    if (isSettled || performance.now() > deadline) return balance;
    await Bun.sleep(LOOK_EVERY_MS);
  }
}

async function readNow(world: World, held: number): Promise<Balance> {
  const { ledger, users, ready } = await world.proxy.snapshot();
  const memory = await world.proxy.memoryInUse();
  const pooled = Object.values(ready).reduce((sum, count) => sum + count, 0);
  const ended = Object.values(ledger.outcomes).reduce((sum, count) => sum + count, 0);
  const atDataCenters = world.steady.counters.open + world.troubled.counters.open;
  return {
    memory,
    sockets: world.proxy.sockets - pooled,
    openSessions: ledger.open - held,
    userPlaces: users.reduce((sum, { connections }) => sum + connections, 0) - held,
    unaccounted: ledger.accepted - ended - ledger.open,
    strayAtDataCenters: Math.max(0, atDataCenters - pooled - held),
  };
}

/** In words, what is not back where it was; memory apart. */
export function differences(before: Balance, after: Balance): string[] {
  const { memory: _, sockets, ...counts } = after;
  const wrong = Object.entries(counts).filter(([, value]) => value !== 0);
  const extra = sockets - before.sockets;
  return [
    ...wrong.map(([name, value]) => `${name} is ${value} instead of 0`),
    ...(extra > 0 ? [`${extra} sockets are left open`] : []),
  ];
}

/**
 * What two rounds may differ by where nothing leaks: medians of objects, and the least of pages. The allocator gives pages back in
 * steps of some 15 MB, when it likes; what leaks raises the least too.
 */
const SLACK_MB = { heap: 2, anonymous: 15 } as const;
const TYPICAL = { heap: median, anonymous: (amounts: readonly number[]) => Math.min(...amounts) } as const;

/**
 * In words, whether the last round left more in use than the first: objects, which are exact to a megabyte, and pages, which see what
 * the runtime itself keeps.
 *
 * @param memory after each wave
 */
export function growth(memory: readonly MemoryInUse[], wavesARound: number): string[] {
  if (memory.length < 2 * wavesARound) return ['too few waves were finished to compare their memory'];
  return (['heap', 'anonymous'] as const).flatMap((part) => {
    const amounts = memory.map((inUse) => inUse[part]);
    const first = TYPICAL[part](amounts.slice(0, wavesARound));
    const last = TYPICAL[part](amounts.slice(-wavesARound));
    return last > first + SLACK_MB[part]
      ? [`${part} memory grew from ${first.toFixed(1)} to ${last.toFixed(1)} MB`]
      : [];
  });
}
