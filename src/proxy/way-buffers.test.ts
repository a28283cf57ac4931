import { afterAll, beforeAll, expect, test } from 'bun:test';
import fc from 'fast-check';
import { ConnSource } from '../../test/support/conn-source.ts';
import { LIMITS } from '../../test/support/limits.ts';
import { RawListener, type RawPeer } from '../../test/support/raw-peer.ts';
import type { Conn } from '../net/conn.ts';
import { dial } from '../net/dial.ts';
import { bufferSizes, type FirstBuffers, segmentBytes } from '../net/socket-options.ts';
import { BufferRule, type WaySizes } from './buffer-sizes.ts';
import { Governor } from './governor.ts';
import { WayBuffers } from './way-buffers.ts';

const KB = 1024;
const MB = 1024 * KB;
const LOW: WaySizes = { low: 8 * KB, free: 8 * KB, start: 8 * KB, high: 64 * KB };
const NORMAL = { usedBytes: 0, limitBytes: 1_000 * MB };
const TIGHT = { usedBytes: 850 * MB, limitBytes: 1_000 * MB };
/** Five times the growth: two kernel buffers of twice the size, and what a pump keeps. */
const COST = 5;
/** More than one growth needs at any size up to a megabyte. */
const MUCH = 5 * MB;

const source = new ConnSource();
const dcs = new RawListener();
let far: { conn: Conn; peer: RawPeer };
let client: { conn: Conn; peer: RawPeer };
beforeAll(async () => {
  far = await dialledWith({ receive: 0, send: 0, longestSegment: 2 * KB });
  client = await source.next();
});
afterAll(() => {
  for (const { conn, peer } of [far, client]) {
    conn.close();
    peer.close();
  }
  source[Symbol.dispose]();
  dcs.stop();
});

/** A connection as one to a data centre. */
async function dialledWith(buffers: FirstBuffers): Promise<{ conn: Conn; peer: RawPeer }> {
  const before = dcs.peers.length;
  const endpoint = { host: '127.0.0.1', port: dcs.port };
  const dialled = await dial({ endpoint, timeoutMs: 5_000, buffers }).result;
  const peer = await dcs.find((one) => dcs.peers.indexOf(one) >= before, 'the accepted end');
  if (dialled.kind === 'failed') throw new Error(dialled.reason);
  return { conn: dialled.conn, peer };
}

function governorWith(bufferBudgetBytes: number): Governor {
  const governor = new Governor({ bufferBudgetBytes, mostBufferBytes: MB });
  governor.observe(NORMAL);
  return governor;
}

function buffersOf(governor: Governor, sizes = LOW): WayBuffers {
  return new WayBuffers(far.conn, client.conn, sizes, governor);
}

function kernelSizes() {
  return { receive: bufferSizes(far.conn.fd)?.receive, send: bufferSizes(client.conn.fd)?.send };
}

function sweepOften(buffers: WayBuffers): void {
  for (let sweeps = 0; sweeps < 100; sweeps += 1) buffers.sweep();
}

test('without bulk a way keeps what it began with, without a charge', () => {
  const governor = governorWith(MB);
  const buffers = buffersOf(governor);
  for (let sweeps = 0; sweeps < 100; sweeps += 1) {
    buffers.count(KB);
    buffers.sweep();
  }
  expect(buffers.size).toBe(8 * KB);
  expect(kernelSizes()).toEqual({ receive: 16 * KB, send: 16 * KB });
  expect(governor.budget.chargedBytes).toBe(0);
});

test('bulk doubles the buffers of both sockets, step by step, each charged', () => {
  const governor = governorWith(100 * MB);
  const buffers = buffersOf(governor);
  const steps: number[] = [];
  for (let size = 8 * KB; size < 64 * KB; size *= 2) {
    buffers.count(4 * size - 1);
    expect(buffers.size).toBe(size);
    buffers.count(1);
    steps.push(buffers.size);
    expect(governor.budget.chargedBytes).toBe(COST * (buffers.size - 8 * KB));
  }
  expect(steps).toEqual([16 * KB, 32 * KB, 64 * KB]);
  expect(kernelSizes()).toEqual({ receive: 128 * KB, send: 128 * KB });
});

test('what moves slowly adds up over half a second, not over minutes', () => {
  const buffers = buffersOf(governorWith(100 * MB));
  for (let sweeps = 0; sweeps < 1_000; sweeps += 1) {
    buffers.count(3 * KB); // of 8
    buffers.sweep();
  }
  expect(buffers.size).toBe(8 * KB);
  for (let sweeps = 0; sweeps < 20; sweeps += 1) {
    buffers.count(6 * KB);
    buffers.sweep();
  }
  expect(buffers.size).toBe(16 * KB);
});

test('beyond the high size it grows while half of the budget is free, up to the most', () => {
  const rich = governorWith(100 * MB);
  const buffers = buffersOf(rich);
  for (let chunks = 0; chunks < 20; chunks += 1) buffers.count(MUCH);
  expect(buffers.size).toBe(MB);

  const modest = governorWith(8 * MB);
  const first = buffersOf(modest);
  for (let chunks = 0; chunks < 20; chunks += 1) first.count(MUCH);
  expect(first.size).toBe(512 * KB); // a megabyte would be charged 4.5 of it
  const second = buffersOf(modest);
  for (let chunks = 0; chunks < 20; chunks += 1) second.count(MUCH);
  expect(second.size).toBe(256 * KB); // and so on

  const poor = governorWith(COST * 56 * KB);
  const promised = buffersOf(poor);
  for (let chunks = 0; chunks < 20; chunks += 1) promised.count(MUCH);
  expect(promised.size).toBe(64 * KB); // the promise may use all of it
  const late = buffersOf(poor);
  for (let chunks = 0; chunks < 20; chunks += 1) late.count(MUCH);
  expect(late.size).toBe(8 * KB);
});

test("a stranger's buffers are charged from the start, grow quickly once they have grown, and leave users three quarters", () => {
  const { downToStranger } = new BufferRule(LIMITS);
  const rich = governorWith(100 * MB);
  const buffers = buffersOf(rich, downToStranger);
  expect(buffers.size).toBe(64 * KB);
  expect(rich.budget.chargedBytes).toBe(COST * 56 * KB);
  buffers.count(4 * 64 * KB - 1);
  expect(buffers.size).toBe(64 * KB);
  buffers.count(1);
  expect(buffers.size).toBe(128 * KB);
  buffers.count(128 * KB);
  expect(buffers.size).toBe(256 * KB);

  const poor = governorWith(4 * COST * 56 * KB);
  expect(buffersOf(poor, downToStranger).size).toBe(64 * KB);
  const late = buffersOf(poor, downToStranger);
  expect(late.size).toBe(8 * KB);
  for (let chunks = 0; chunks < 20; chunks += 1) late.count(MUCH);
  expect(late.size).toBe(8 * KB);
  expect(buffersOf(poor, { ...LOW, start: 64 * KB }).size).toBe(64 * KB); // a user's
});

test('a window that a stranger has seen stays as the system made it', () => {
  const rule = new BufferRule(LIMITS);
  expect(rule.upFromStranger(64 * KB)).toMatchObject({ start: 64 * KB, high: 8 * KB });
  expect(rule.upFromStranger(0).start).toBe(8 * KB); // where it cannot be read
});

test('a rate that comes to hold makes what has grown shrink to what it lets through', () => {
  const governor = governorWith(100 * MB);
  const buffers = buffersOf(governor);
  for (let chunks = 0; chunks < 20; chunks += 1) buffers.count(MUCH);
  expect(buffers.size).toBe(MB);
  for (let sweeps = 0; sweeps < 20; sweeps += 1) {
    buffers.count(128 * KB, 256 * KB);
    buffers.sweep();
  }
  expect(buffers.size).toBeLessThanOrEqual((256 * KB) / 20);
});

test('it starts high where the margin says so, and low where the budget does not have it', () => {
  const governor = governorWith(COST * 56 * KB);
  const within = { ...LOW, start: 64 * KB };
  expect(buffersOf(governor, within).size).toBe(64 * KB);
  expect(kernelSizes()).toEqual({ receive: 128 * KB, send: 128 * KB });
  expect(buffersOf(governor, within).size).toBe(8 * KB);
  expect(kernelSizes()).toEqual({ receive: 16 * KB, send: 16 * KB });
});

test('with a rate it grows to what the rate lets through, and no further', () => {
  const governor = governorWith(100 * MB);
  const buffers = buffersOf(governor);
  for (let chunks = 0; chunks < 20; chunks += 1) buffers.count(MUCH, 400_000);
  expect(buffers.size).toBe(20_000);
  for (let chunks = 0; chunks < 20; chunks += 1) buffers.count(MUCH, 100_000);
  expect(buffers.size).toBe(20_000);
  for (let chunks = 0; chunks < 20; chunks += 1) buffers.count(MUCH, 100 * MB);
  expect(buffers.size).toBe(MB);
});

test('afterwards it shrinks back, step by step, and gives the charge back', () => {
  const governor = governorWith(100 * MB);
  const buffers = buffersOf(governor);
  for (let chunks = 0; chunks < 4; chunks += 1) buffers.count(MUCH);
  const grown = buffers.size;
  for (let sweeps = 0; sweeps < 8; sweeps += 1) buffers.sweep();
  expect(buffers.size).toBe(grown); // a pause is not the end
  buffers.sweep();
  expect(buffers.size).toBe(grown / 2);
  sweepOften(buffers);
  expect(buffers.size).toBe(8 * KB);
  expect(kernelSizes()).toEqual({ receive: 16 * KB, send: 16 * KB });
  expect(governor.budget.chargedBytes).toBe(0);
});

test('what a reader does not take neither makes its buffers grow, nor is the charge for it given back', async () => {
  const governor = governorWith(100 * MB);
  const stalled = await source.next();
  stalled.peer.pause();
  const buffers = new WayBuffers(far.conn, stalled.conn, LOW, governor);
  const chunk = new Uint8Array(64 * KB);
  for (let chunks = 0; chunks < 4; chunks += 1) buffers.count(MUCH);
  const grown = buffers.size;
  expect(grown).toBe(128 * KB);
  let taken = 0;
  for (let last = 1; last > 0; taken += last) last = stalled.conn.write(chunk); // until the kernel takes no more
  expect(taken).toBeGreaterThan(128 * KB);
  buffers.count(4 * grown); // all of it still waits
  expect(buffers.size).toBe(grown);
  sweepOften(buffers);
  expect(buffers.size).toBe(grown);
  expect(governor.budget.chargedBytes).toBe(COST * (grown - 8 * KB));
  stalled.conn.reset();
  sweepOften(buffers);
  expect(governor.budget.chargedBytes).toBe(0);
});

test('when memory is short everything goes to the low size at once, and nothing grows', () => {
  const governor = governorWith(100 * MB);
  const uplink: WaySizes = { low: 8 * KB, free: 32 * KB, start: 32 * KB, high: 32 * KB };
  const [down, up] = [buffersOf(governor), buffersOf(governor, uplink)];
  for (let chunks = 0; chunks < 4; chunks += 1) down.count(MUCH);
  governor.observe(TIGHT);
  for (const buffers of [down, up]) {
    buffers.sweep();
    buffers.count(MUCH);
    expect(buffers.size).toBe(8 * KB);
  }
  expect(kernelSizes()).toEqual({ receive: 16 * KB, send: 16 * KB });
  expect(governor.budget.chargedBytes).toBe(0);
  expect(buffersOf(governor, { ...LOW, start: 64 * KB }).size).toBe(8 * KB);

  governor.observe(NORMAL);
  up.count(MUCH);
  up.count(MUCH);
  expect(up.size).toBe(32 * KB);
  expect(governor.budget.chargedBytes).toBe(0); // what every session has is free
});

type Step =
  | { do: 'open' | 'release' | 'sweep' | 'level'; which: number }
  | { do: 'count'; which: number; bytes: number };
const which = fc.nat(7);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom('open' as const, 'release' as const, 'level' as const), which }),
  fc.record({ do: fc.constant('sweep' as const), which: fc.constant(0) }),
  fc.record({ do: fc.constant('count' as const), which, bytes: fc.nat(MUCH) }),
);

test('after any course of things the charges fit the budget, and are all given back', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.nat(20 * MB), (steps, budgetBytes) => {
      const governor = governorWith(budgetBytes);
      const open = new Map<number, WayBuffers>();
      const sizes = [LOW, { ...LOW, start: 64 * KB }, { low: 8 * KB, free: 32 * KB, start: 32 * KB, high: 32 * KB }];
      for (const step of steps) {
        const buffers = open.get(step.which);
        if (step.do === 'open' && buffers === undefined) {
          open.set(step.which, buffersOf(governor, sizes[step.which % sizes.length]));
        } else if (step.do === 'release') {
          buffers?.release();
          buffers?.release(); // a second one does nothing
          buffers?.count(MUCH); // nor do bytes that are late
          buffers?.count(MUCH);
          open.delete(step.which);
        } else if (step.do === 'level') {
          governor.observe(step.which % 2 === 0 ? NORMAL : TIGHT);
        } else if (step.do === 'sweep') {
          for (const buffers of open.values()) buffers.sweep();
        } else if (step.do === 'count') {
          buffers?.count(step.bytes);
        }
        expect(governor.budget.chargedBytes).toBeGreaterThanOrEqual(0);
        expect(governor.budget.chargedBytes).toBeLessThanOrEqual(budgetBytes);
      }
      for (const buffers of open.values()) buffers.release();
      expect(governor.budget.chargedBytes).toBe(0);
    }),
    { numRuns: 300 },
  );
});

test('a source with long segments, as on loopback, keeps room for two of them also when memory is short', async () => {
  const long = await dialledWith({ receive: 0, send: 0 });
  const governor = governorWith(MB);
  const buffers = new WayBuffers(long.conn, client.conn, LOW, governor);
  const sizes = () => [bufferSizes(long.conn.fd)?.receive ?? 0, bufferSizes(client.conn.fd)?.send];
  const twoSegments = 2 * Math.min(segmentBytes(long.conn.fd), 32 * KB);
  expect(twoSegments).toBeGreaterThan(60 * KB);
  expect(sizes()).toEqual([2 * twoSegments, 16 * KB]);
  buffers.count(MUCH);
  expect(sizes()[0]).toBeGreaterThanOrEqual(2 * twoSegments);
  governor.observe(TIGHT);
  buffers.sweep();
  expect(sizes()).toEqual([2 * twoSegments, 16 * KB]);
  buffers.release();
  long.conn.close();
  long.peer.close();
});
