import { expect, test } from 'bun:test';
import { mergeSnapshots, retired } from './merge-snapshots.ts';
import type { Snapshot } from './snapshot.ts';
import { healthySnapshot } from './snapshot-fixture.ts';

/** The process that serves no session. */
function primary(): Snapshot {
  const { ledger, ...rest } = healthySnapshot();
  const empty = structuredClone(ledger);
  for (const name of ['accepted', 'open', 'relaying', 'splicing', 'uplinkBytes', 'downlinkBytes'] as const)
    empty[name] = 0;
  for (const counts of [empty.relayingByMode, empty.handshakes, empty.outcomes, empty.strangers]) {
    for (const name of Object.keys(counts)) Reflect.set(counts, name, 0);
  }
  empty.dataCenters = {};
  return { ...rest, ledger: empty, pid: 1, pause: null, limits: { ...rest.limits, cpus: 2 } };
}

function worker(pid: number, change: Partial<Snapshot> = {}): Snapshot {
  return { ...healthySnapshot(), pid, limits: { ...healthySnapshot().limits, cpus: 1 }, users: [], ...change };
}

function merge(workers: Snapshot[], past: Snapshot[] = []): Snapshot {
  return mergeSnapshots({ primary: primary(), workers, past, workersReplaced: past.length });
}

function isBalanced({ ledger }: Snapshot): boolean {
  return ledger.accepted - ledger.open === Object.values(ledger.outcomes).reduce((sum, count) => sum + count, 0);
}

test('counters and amounts are summed, users and limits are those of the process that decides', () => {
  const one = healthySnapshot();
  const merged = merge([worker(2), worker(3)]);
  expect(merged.pid).toBe(1);
  expect(merged.users).toEqual(one.users);
  expect(merged.limits.sessions).toBe(one.limits.sessions);
  expect(merged.ledger.accepted).toBe(2 * one.ledger.accepted);
  expect(merged.ledger.relayingByMode.tls).toBe(2 * one.ledger.relayingByMode.tls);
  expect(merged.ledger.dataCenters['2']?.dials).toMatchObject({ count: 6, sum: 240 });
  expect(merged.ready).toEqual({ 2: 24 });
  expect(merged.vitals.rssBytes).toBe(3 * one.vitals.rssBytes);
  expect(merged.vitals.cpuSeconds).toBe(3 * one.vitals.cpuSeconds);
  expect(merged.vitals.downlinkBytesPerSecond).toBe(3 * one.vitals.downlinkBytesPerSecond);
  expect(merged.workers).toEqual(
    [2, 3].map((pid) => ({
      pid,
      sessions: one.ledger.open,
      rssBytes: one.vitals.rssBytes,
      cpuSeconds: one.vitals.cpuSeconds,
    })),
  );
});

test('an address that fails for several workers is shown once', () => {
  const at = (port: number) => ({ address: `127.0.0.1:${port}`, fault: 'closed' as const });
  const merged = merge([
    worker(2, { failing: { 2: [at(1)], 4: [at(3)] } }),
    worker(3, { failing: { 2: [at(1), at(2)] } }),
  ]);
  expect(merged.failing).toEqual({ 2: [at(1), at(2)], 4: [at(3)] });
});

test('two busy workers on two processors are a busy proxy; one of them is half of it', () => {
  const vitals = { ...healthySnapshot().vitals, cpuShare: 0.9, cpuMinuteShare: 0.9 };
  const idle = { ...vitals, cpuShare: 0, cpuMinuteShare: 0 };
  const of = (...shares: Snapshot['vitals'][]) =>
    mergeSnapshots({
      primary: { ...primary(), vitals: idle },
      workers: shares.map((vitals, index) => worker(index + 2, { vitals })),
      past: [],
      workersReplaced: 0,
    });
  expect(of(vitals, vitals).vitals.cpuMinuteShare).toBeCloseTo(0.9);
  expect(of(vitals, vitals).warnings.map(({ sign }) => sign)).toEqual(['cpu']);
  expect(of(vitals, idle).vitals.cpuMinuteShare).toBeCloseTo(0.45);
  expect(of(vitals, idle).warnings).toEqual([]);
});

test('the worst of what has no sum', () => {
  const tight = worker(3, { governor: { ...healthySnapshot().governor, level: 'tight' } });
  const late = worker(4, { vitals: { ...healthySnapshot().vitals, worstLagMs: 99, descriptors: 5_000 } });
  const merged = merge([worker(2), tight, late]);
  expect(merged.governor.level).toBe('tight');
  expect(merged.vitals).toMatchObject({ worstLagMs: 99, descriptors: 5_000 });
});

test("memory is that of the process that is nearest to the end; what is resident does not count against TCP's memory", () => {
  const { governor } = healthySnapshot();
  const MB = 1024 * 1024;
  const place = { place: 'sockets', usedBytes: 150 * MB, limitBytes: 180 * MB, othersBytes: 7 * MB } as const;
  expect(merge([worker(2), worker(3, { governor: { ...governor, ...place } })]).governor).toMatchObject(place);
  const others = { place: 'host', usedBytes: 40 * MB, limitBytes: 60 * MB, othersBytes: 900 * MB } as const;
  const merged = merge([worker(2), worker(3, { governor: { ...governor, ...others } })]);
  expect(merged.governor).toMatchObject({ ...others, usedBytes: 3 * healthySnapshot().vitals.rssBytes });
});

test('it accepts when all workers do', () => {
  expect(merge([worker(2), worker(3)]).pause).toBeNull();
  expect(merge([worker(2), worker(3, { pause: 'descriptors' })]).pause).toBe('descriptors');
  expect(merge([]).pause).toBe('workers');
});

test('a worker that has ended leaves its counters; its sessions are lost, nothing of it stands', () => {
  const last = worker(2);
  last.ledger.outcomes.served = last.ledger.accepted - last.ledger.open;
  const left = retired(last);
  const merged = merge([], [left]);
  expect(merged.ledger).toMatchObject({
    accepted: last.ledger.accepted,
    open: 0,
    relaying: 0,
    splicing: 0,
    relayingByMode: { classic: 0, secure: 0, tls: 0 },
    outcomes: { lost: last.ledger.open },
  });
  expect(isBalanced(merged)).toBe(true);
  expect(last.ledger.open).toBe(1_260); // untouched
  expect(merged.vitals.rssBytes).toBe(primary().vitals.rssBytes);
  expect(merged.vitals.cpuSeconds).toBe(2 * last.vitals.cpuSeconds);
  expect(merged.ready).toEqual({});
  expect(merged.workersReplaced).toBe(1);

  // One after the other are kept as one.
  const both = mergeSnapshots({ primary: left, workers: [], past: [retired(worker(3))], workersReplaced: 0 });
  expect(both.ledger.outcomes.lost).toBe(2 * last.ledger.open);
  expect(both.vitals.cpuSeconds).toBe(2 * last.vitals.cpuSeconds);
});
