import { expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { termsOf } from '../../test/support/users.ts';
import { systemRandom } from '../kit/random.ts';
import { buildInitHeader } from '../wire/obfuscated2.ts';
import { OffModes } from './off-modes.ts';
import { Roster } from './roster.ts';

function keyOf(name: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(name).digest()).slice(0, 16);
}

function headerOf(name: string): Uint8Array {
  return buildInitHeader({ framing: 'padded', dc: 2, random: systemRandom, secretKey: keyOf(name) }).wire;
}

function world(count: number) {
  const roster = new Roster();
  const names = Array.from({ length: count }, (_, number) => `user${number}`);
  roster.replace(
    names.map((name) => termsOf({ name, key: keyOf(name) })),
    () => null,
  );
  const clock = { ms: 0 };
  return { clock, offModes: new OffModes(roster, () => clock.ms) };
}

test('finds whose header it is, and nobody for noise', () => {
  const { offModes } = world(100);
  for (const name of ['user0', 'user99']) expect(offModes.ownerOf(headerOf(name))?.terms.name).toBe(name);
  expect(offModes.ownerOf(systemRandom(64))).toBeNull();
  expect(world(0).offModes.ownerOf(headerOf('user0'))).toBeNull();
});

test('of many users some are tried each time, in turns', () => {
  const { offModes } = world(250);
  const header = headerOf('user240');
  const found = [1, 2, 3].map(() => offModes.ownerOf(header)?.terms.name ?? null);
  expect(found).toEqual([null, null, 'user240']);
});

test('searches are bounded in all, and possible again later', () => {
  const { clock, offModes } = world(100);
  const header = headerOf('user50');
  for (let turn = 0; turn < 51; turn += 1) expect(offModes.ownerOf(systemRandom(64))).toBeNull();
  expect(offModes.ownerOf(header)).toBeNull();
  clock.ms = 100;
  expect(offModes.ownerOf(header)?.terms.name).toBe('user50');
});
