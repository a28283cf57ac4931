import { afterEach, expect, test } from 'bun:test';
import { ConnSource } from '../../test/support/conn-source.ts';
import { until } from '../../test/support/proxy.ts';
import { createLog } from '../kit/log.ts';
import type { Conn } from '../net/conn.ts';
import { Governor } from '../proxy/governor.ts';
import { Ledger } from '../proxy/ledger.ts';
import { SessionTable } from '../proxy/session-table.ts';
import type { MemoryReading } from './memory.ts';
import { MemoryWatch } from './memory-watch.ts';

const MB = 1024 * 1024;

function reading(usedMb: number): MemoryReading {
  return { place: 'cgroup', usedBytes: usedMb * MB, limitBytes: 64 * MB };
}

const open: { close(): void }[] = [];
afterEach(() => {
  for (const part of open.splice(0)) part.close();
});

/** A watch over memory that a test makes full; a collection brings it to `collected`. */
function watchOver(now: MemoryReading, collected: MemoryReading | null = null, quiet: Conn | null = null) {
  const state = { now, collected, collections: 0, looks: 0, lines: [] as string[] };
  const log = createLog({ level: 'info', format: 'json', write: (line) => void state.lines.push(line) });
  const governor = new Governor({ bufferBudgetBytes: 0, mostBufferBytes: 0 });
  const sessions = new SessionTable(new Ledger());
  if (quiet !== null) sessions.open(quiet).quietSweeps = 100;
  const read = () => {
    state.looks += 1;
    return state.now;
  };
  const collect = () => {
    state.collections += 1;
    state.now = state.collected ?? state.now;
  };
  open.push(sessions, new MemoryWatch({ governor, sessions, log, read, collect }));
  return { state, governor };
}

test('memory is looked at from the start, and again soon when little is left', async () => {
  const { state, governor } = watchOver(reading(10));
  expect(governor).toMatchObject({ level: 'normal', usedBytes: 10 * MB, limitBytes: 64 * MB });
  await until(() => state.looks >= 5, 'five looks', 1_500);
  expect([state.collections, state.lines]).toEqual([0, []]);
});

test('what only waits for a collection is no shortage', () => {
  const { state, governor } = watchOver(reading(46), reading(10));
  expect([state.collections, governor.level, state.lines]).toEqual([1, 'normal', []]);
});

test('sessions are closed only for what a collection left', async () => {
  using source = new ConnSource();
  const { conn, peer } = await source.next();
  const { state, governor } = watchOver(reading(46), null, conn);
  expect([governor.level, state.collections, governor.closedIdle]).toEqual(['critical', 1, 0]);
  await until(() => governor.closedIdle === 1, 'the next look closes it');
  expect(await peer.end()).toBe('fin');
  peer.close();
});

test('collections are far apart, also while memory stays critical', async () => {
  const { state, governor } = watchOver(reading(46));
  expect(governor.level).toBe('critical');
  await until(() => state.looks >= 8, 'more looks');
  expect(state.collections).toBe(1);
});

test('a shortage that others make is told as that, and costs nobody a session', async () => {
  const { state, governor } = watchOver({ ...reading(1), place: 'sockets', limitBytes: MB, othersBytes: 2_048 * MB });
  await until(() => state.looks >= 2, 'a second look');
  expect([governor.level, governor.admits(), governor.closedIdle]).toEqual(['tight', true, 0]);
  const message = 'memory is getting short, most of it is held by other programs: sessions have small buffers';
  expect(state.lines.map((line) => JSON.parse(line))).toMatchObject([
    { level: 'warn', message, usedMb: 1, limitMb: 1, othersMb: 2_048, of: "the kernel's TCP memory" },
  ]);
});

test('what may fill up elsewhere says when the next look is due', async () => {
  const { state } = watchOver({ ...reading(1), leftBytes: MB });
  await until(() => state.looks >= 4, 'four looks', 1_000); // reading(1) alone: one a second
});

test('a change is one line with the figures; up and down again is told once', async () => {
  const { state, governor } = watchOver(reading(41));
  expect(state.lines.map((line) => JSON.parse(line))).toMatchObject([
    {
      level: 'warn',
      usedMb: 41,
      limitMb: 64,
      of: 'this container or service',
      sessions: 0,
      buffersMb: 0,
      refused: 0,
      closedIdle: 0,
    },
  ]);
  for (const [usedMb, level] of [
    [46, 'critical'],
    [39, 'tight'],
    [46, 'critical'],
    [10, 'normal'],
    [41, 'tight'],
  ] as const) {
    state.now = reading(usedMb);
    await until(() => governor.level === level, level);
  }
  const levels = state.lines.map((line) => (JSON.parse(line) as { message: string }).message.replace(/:.*/, ''));
  expect(levels).toEqual(['memory is getting short', 'memory is nearly used up', 'memory is no longer short']);
});
