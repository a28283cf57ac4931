import type { World } from './world.ts';

/** What has to be back where it began once nobody is left. */
export interface Balance {
  readonly rssMb: number;
  /** Without pages of files, which can't leak. */
  readonly anonymousMb: number;
  /** Without the connections opened ahead, which come and go with need. */
  readonly descriptors: number;
  readonly openSessions: number;
  readonly userPlaces: number;
  /** Sessions accepted that ended with no outcome. */
  readonly unaccounted: number;
  /** Connections at the data centres that the proxy does not know of. */
  readonly strayAtDataCenters: number;
}

const SETTLE_LIMIT_MS = 60_000;
const LOOK_EVERY_MS = 200;
/** The least that two rounds of the same differ by. */
const SLACK_MB = 12;

/**
 * Waits until the proxy has no session left (except `held`), then reads the balance.
 *
 * @param descriptors waits for so few too: connections that are being opened ahead have one and are not ready yet
 */
export async function readBalance(
  world: World,
  held: number,
  descriptors = Number.POSITIVE_INFINITY,
): Promise<Balance> {
  const deadline = Date.now() + SETTLE_LIMIT_MS;
  for (;;) {
    const balance = await readNow(world, held);
    const isSettled =
      balance.openSessions === 0 && balance.strayAtDataCenters === 0 && balance.descriptors <= descriptors;
    if (isSettled || Date.now() > deadline) return balance;
    await Bun.sleep(LOOK_EVERY_MS);
  }
}

async function readNow(world: World, held: number): Promise<Balance> {
  const { ledger, users, ready } = await world.proxy.snapshot();
  const { rss, anonymous } = world.proxy.memory;
  const pooled = Object.values(ready).reduce((sum, count) => sum + count, 0);
  const ended = Object.values(ledger.outcomes).reduce((sum, count) => sum + count, 0);
  const atDataCenters = world.steady.counters.open + world.troubled.counters.open;
  return {
    rssMb: rss,
    anonymousMb: anonymous,
    descriptors: world.proxy.descriptors - pooled,
    openSessions: ledger.open - held,
    userPlaces: users.reduce((sum, { connections }) => sum + connections, 0) - held,
    unaccounted: ledger.accepted - ended - ledger.open,
    strayAtDataCenters: Math.max(0, atDataCenters - pooled - held),
  };
}

/** In words, what is not back where it was; memory apart. */
export function differences(before: Balance, after: Balance): string[] {
  const { rssMb: _, anonymousMb: __, descriptors, ...counts } = after;
  const wrong = Object.entries(counts).filter(([, value]) => value !== 0);
  const extra = descriptors - before.descriptors;
  return [
    ...wrong.map(([name, value]) => `${name} is ${value} instead of 0`),
    ...(extra > 0 ? [`${extra} descriptors are left open`] : []),
  ];
}

/**
 * In words, whether the last round needed more memory than the first. The lowest of each round is what a collection leaves; what is
 * between collections comes and goes by tens of megabytes.
 *
 * @param anonymous MB after each wave
 */
export function growth(anonymous: readonly number[], wavesARound: number): string[] {
  if (anonymous.length < 2 * wavesARound) return [];
  const first = Math.min(...anonymous.slice(0, wavesARound));
  const last = Math.min(...anonymous.slice(-wavesARound));
  return last > first + SLACK_MB ? [`memory grew from ${first.toFixed(0)} to ${last.toFixed(0)} MB`] : [];
}
