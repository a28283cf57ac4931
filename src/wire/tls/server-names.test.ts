import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { inRecords } from '../../../test/support/hellos.ts';
import { concat, hex, latin1 } from '../../kit/bytes.ts';
import { systemRandom } from '../../kit/random.ts';
import { readServerNames } from './server-names.ts';
import { buildClientHello } from './synthetic-hello.ts';
import { blurName, unknownNameLike } from './unknown-name.ts';

const DOMAIN = 'www.Example.org';
const HELLO = buildClientHello({ domain: DOMAIN, random: systemRandom });

function textAt(bytes: Uint8Array, offsets: readonly number[]): string {
  return latin1(Uint8Array.from(offsets.map((at) => bytes[at] ?? 0)));
}

describe.each([16_000, 700, 100, 30])('in records of %p bytes', (size) => {
  const wire = inRecords(HELLO, size);

  test('the name is found where it stands, as soon as it has come', () => {
    const whole = readServerNames(wire);
    expect(whole).toMatchObject({ isWhole: true, length: wire.length });
    expect(whole.names.map(({ name }) => name)).toEqual(['www.example.org']);
    const offsets = whole.names[0]?.offsets ?? [];
    expect(textAt(wire, offsets)).toBe(DOMAIN);
    const end = (offsets.at(-1) ?? 0) + 1;
    for (let length = 0; length < wire.length; length += 1) {
      const { names, isWhole } = readServerNames(wire.subarray(0, length));
      expect(isWhole).toBe(false);
      expect(names.length).toBe(length >= end ? 1 : 0);
    }
  });

  test('what follows is not looked at', () => {
    expect(readServerNames(concat(wire, wire))).toEqual(readServerNames(wire));
  });
});

test('a hello without a name has none, and what is no hello neither', () => {
  const nameless = buildClientHello({ domain: null, random: systemRandom });
  expect(readServerNames(nameless)).toEqual({ names: [], isWhole: true, length: nameless.length });
  for (const text of ['GET / HTTP/1.1\r\n\r\n', '\x15\x03\x01\x00\x02\x02\x28', '\x16\x03\x01\x00\x00']) {
    expect(readServerNames(Buffer.from(text, 'latin1'))).toEqual({ names: [], isWhole: true, length: 0 });
  }
});

test.each(['other.example.org.', 'OTHER.EXAMPLE.ORG', 'other.example.org'])(
  '%j is compared as servers do',
  (domain) => {
    const { names } = readServerNames(buildClientHello({ domain, random: systemRandom }));
    expect(names.map(({ name }) => name)).toEqual(['other.example.org']);
  },
);

test('any bytes never throw, and no name lies outside of them', () => {
  const changed = fc.tuple(fc.nat(HELLO.length - 1), fc.nat(255), fc.nat(HELLO.length));
  fc.assert(
    fc.property(changed, ([at, byte, length]) => {
      const bytes = HELLO.slice(0, length);
      if (at < length) bytes[at] = byte;
      for (const { offsets } of readServerNames(bytes).names)
        for (const place of offsets) expect(place).toBeLessThan(length);
    }),
    { numRuns: 2_000 },
  );
});

test('a name made unknown has the same dots, shares no letter in its place, and nobody can have it', () => {
  for (const name of ['www.example.org', 'x.com', 'q.xz', 'qxzj.qxzj', '10.0.0.1']) {
    const unknown = unknownNameLike(name, systemRandom);
    expect(unknown).toMatch(/^[qxzj.]+$/);
    for (const [at, letter] of [...name].entries()) {
      if (letter === '.') expect(unknown[at]).toBe('.');
      else expect(unknown[at]).not.toBe(letter);
    }
  }
});

test('only what may be changed of a name is', () => {
  const wire = inRecords(HELLO, 30);
  const [name] = readServerNames(wire).names;
  const offsets = name?.offsets ?? [];
  const copy = wire.slice();
  blurName(copy, offsets.slice(4), systemRandom);
  expect(textAt(copy, offsets)).toMatch(/^www\.[qxzj]{7}\.[qxzj]{3}$/);
  for (const at of offsets) copy[at] = wire[at] ?? 0;
  expect(hex(copy)).toBe(hex(wire));
});
