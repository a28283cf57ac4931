import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { concat, utf8 } from '../kit/bytes.ts';
import { systemRandom } from '../kit/random.ts';
import { readServerNames } from '../wire/tls/server-names.ts';
import { buildClientHello } from '../wire/tls/synthetic-hello.ts';
import type { ForeignVerdict } from './foreign-names.ts';
import { NameGuard } from './name-guard.ts';

const NAME = 'other.example.org';
const HELLO = buildClientHello({ domain: NAME, random: systemRandom });
const [PLACE] = readServerNames(HELLO).names;
const OFFSETS = PLACE?.offsets ?? [];
const SERVER_HELLO = Uint8Array.of(0x16, 3, 3, 0, 4, 2, 0, 0, 0);
const ALERT = Uint8Array.of(0x15, 3, 3, 0, 2, 2, 40);

function guardWith(verdict: ForeignVerdict) {
  const asked: string[] = [];
  const judge = (name: string) => {
    asked.push(name);
    return verdict;
  };
  return { guard: new NameGuard(judge, systemRandom), asked };
}

/** Sends a stream through in pieces; null when it was refused. */
function pass(guard: NameGuard, stream: Uint8Array, cuts: readonly number[]): Uint8Array | null {
  const ends = [...cuts.filter((cut) => cut < stream.length), stream.length].sort((a, b) => a - b);
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const end of ends) {
    const out = guard.uplink.apply(stream.slice(at, end));
    if (out === null) return null;
    parts.push(out);
    at = end;
  }
  return concat(...parts);
}

const cuts = fc.array(fc.nat(HELLO.length + 20), { maxLength: 12 });
const stream = concat(HELLO, utf8('what follows'));

test('however it is cut, a hello whose name may pass does so unchanged, and the name is asked for once', () => {
  fc.assert(
    fc.property(cuts, (cuts) => {
      const { guard, asked } = guardWith('as-it-is');
      expect(pass(guard, stream, cuts)).toEqual(stream);
      expect(asked).toEqual([NAME]);
    }),
  );
});

test('however it is cut, a name that the site is not to know is changed, and nothing else', () => {
  fc.assert(
    fc.property(cuts, (cuts) => {
      const { guard } = guardWith('as-unknown');
      const out = pass(guard, stream, cuts) ?? new Uint8Array(0);
      expect(readServerNames(out).names.map(({ name }) => name)).not.toEqual([NAME]);
      for (const at of OFFSETS) out[at] = stream[at] ?? 0;
      expect(out).toEqual(stream);
    }),
  );
});

test('however it is cut, a refused name does not come through whole', () => {
  fc.assert(
    fc.property(cuts, (cuts) => {
      expect(pass(guardWith('refused').guard, stream, cuts)).toBeNull();
    }),
  );
});

test.each([
  ['at once', utf8('')],
  ['behind the usual record', Uint8Array.of(0x14, 3, 3, 0, 1, 1)],
  ['behind an empty record', Uint8Array.of(0x16, 3, 3, 0, 0)],
])('a second hello is looked at too: %s', (_name, between) => {
  const ours = buildClientHello({ domain: 'front.example.org', random: systemRandom });
  const judge = (name: string): ForeignVerdict => (name === NAME ? 'refused' : 'as-it-is');
  for (const size of [1, 7, 10_000]) {
    const guard = new NameGuard(judge, systemRandom);
    const wire = concat(ours, between, HELLO);
    const cuts = Array.from({ length: Math.floor(wire.length / size) }, (_, index) => index * size);
    expect(pass(guard, wire, cuts)).toBeNull();
  }
});

test('after the hello nothing more is looked at', () => {
  const { guard, asked } = guardWith('as-it-is');
  const data = concat(Uint8Array.of(0x14, 3, 3, 0, 1, 1), Uint8Array.of(0x17, 3, 3, 0, 1, 0), HELLO);
  expect(pass(guard, concat(HELLO, data), [])).toEqual(concat(HELLO, data));
  expect(asked).toEqual([NAME]);
  const later = systemRandom(100);
  expect(guard.uplink.apply(later)).toBe(later);
});

test.each([
  ['a request', utf8('GET / HTTP/1.1\r\n\r\n')],
  ['an alert', ALERT],
  ['a hello in too many pieces', concat(...Array.from({ length: 70 }, () => Uint8Array.of(0x16, 3, 1, 0, 1, 1)))],
])('%s passes; the site may answer anything but as to a hello', (_name, bytes) => {
  const { guard } = guardWith('as-it-is');
  expect(pass(guard, bytes, [])).toEqual(bytes);
  expect(guard.downlink.apply(ALERT)).toBe(ALERT);
  expect(guard.downlink.apply(SERVER_HELLO)).toBe(SERVER_HELLO); // it has already answered
  const { guard: other } = guardWith('as-it-is');
  pass(other, bytes, []);
  expect(other.downlink.apply(SERVER_HELLO)).toBeNull();
});

test('the answer to a hello that was read passes', () => {
  const { guard } = guardWith('as-it-is');
  pass(guard, HELLO, []);
  expect(guard.downlink.apply(SERVER_HELLO)).toBe(SERVER_HELLO);
});
