import { describe, expect, test } from 'bun:test';
import { labelled, vectors } from '../../../test/vectors/vectors.ts';
import { fromHex, hex, type Random } from '../../kit/bytes.ts';
import { systemRandom } from '../../kit/random.ts';
import { type ClientHello, readClientHello } from './client-hello.ts';
import { FieldReader } from './field-reader.ts';
import { isGrease } from './grease.ts';
import { buildClientHello } from './synthetic-hello.ts';

const DOMAIN = vectors.fake_tls.domain;
const TODAY = fromHex(vectors.fake_tls.client_hellos[0].client_hello);

function read(bytes: Uint8Array): ClientHello {
  const reading = readClientHello(bytes);
  if (reading.kind !== 'match') throw new Error(JSON.stringify(reading));
  return reading.hello;
}

/** Pseudo-random bytes that differ from call to call. */
function seeded(seed: string): Random {
  let call = 0;
  return (length) => labelled(`${seed} ${call++}`, length);
}

/** Types and bodies of the extensions, GREASE types as 0. */
function extensionsOf(record: Uint8Array): { type: number; body: Uint8Array }[] {
  const fields = new FieldReader(record.subarray(43));
  fields.vector8();
  fields.vector16();
  fields.vector8();
  const list = new FieldReader(fields.vector16());
  const found: { type: number; body: Uint8Array }[] = [];
  while (!list.done) {
    const type = list.u16();
    found.push({ type: isGrease(type) ? 0 : type, body: list.vector16() });
  }
  return found;
}

function outline(record: Uint8Array): string[] {
  return extensionsOf(record).map(({ type, body }) => `${type.toString(16)} ${type === 0xfe0d ? 'ech' : body.length}`);
}

describe('the shape of 2026', () => {
  const hello = buildClientHello({ domain: DOMAIN, random: seeded('today') });

  test('has what a recorded one has, in another order', () => {
    expect(outline(hello).sort()).toEqual(outline(TODAY).sort());
    expect(outline(hello)).not.toEqual(outline(TODAY));
    expect(outline(hello)[0]).toBe('0 0');
    expect(outline(hello).at(-1)).toBe('0 1');
  });

  test('has the bodies of a recorded one where nothing is random', () => {
    const fixed = [0x0000, 0x0005, 0x000b, 0x000d, 0x0010, 0x001b, 0x002d, 0x44cd, 0xff01];
    const bodies = (record: Uint8Array) =>
      extensionsOf(record)
        .filter(({ type, body }) => fixed.includes(type) && body.length > 1)
        .map(({ type, body }) => `${type} ${hex(body)}`)
        .sort();
    expect(bodies(hello)).toEqual(bodies(TODAY));
  });

  test('is 1566 bytes, the domain and the ECH payload long', () => {
    const sizes = new Set<number>();
    for (let i = 0; i < 40; i++) sizes.add(buildClientHello({ domain: DOMAIN, random: seeded(`size ${i}`) }).length);
    expect([...sizes].sort()).toEqual([144, 176, 208, 240].map((ech) => 1566 + DOMAIN.length + ech));
  });

  test('reads as the recorded one does', () => {
    const { serverName, cipherSuites, groups, keyShares, alpn, supportsTls13, sessionId } = read(hello);
    const recorded = read(TODAY);
    expect({ serverName, cipherSuites, groups, keyShares, alpn, supportsTls13 }).toEqual({
      serverName: DOMAIN,
      cipherSuites: recorded.cipherSuites,
      groups: recorded.groups,
      keyShares: recorded.keyShares,
      alpn: recorded.alpn,
      supportsTls13: true,
    });
    expect(sessionId.length).toBe(32);
    expect(hex(hello.subarray(11, 43))).toBe('00'.repeat(32));
  });

  test('every coefficient of the ML-KEM key is below 3329', () => {
    const share = extensionsOf(
      buildClientHello({ domain: DOMAIN, random: (length) => new Uint8Array(length).fill(0xff) }),
    )
      .find(({ type }) => type === 0x0033)
      ?.body.subarray(2 + 5 + 4, 2 + 5 + 4 + 1152);
    expect(share?.length).toBe(1152);
    for (let at = 0; share && at < share.length; at += 3) {
      const low = share[at] | ((share[at + 1] & 0x0f) << 8);
      const high = (share[at + 1] >> 4) | (share[at + 2] << 4);
      expect([low, high]).toEqual([65535 % 3329, 65535 % 3329]);
    }
  });

  test('keeps its order when told so', () => {
    const [first, second] = ['one', 'two'].map((seed) =>
      buildClientHello({ domain: DOMAIN, random: seeded(seed), shuffle: false }),
    );
    expect(outline(first)).toEqual(outline(second));
    expect(hex(first)).not.toBe(hex(second));
  });
});

test.each(['a.bc', DOMAIN, `${'a.'.repeat(90)}aa`])('the older shape is 517 bytes for %s', (domain) => {
  const hello = buildClientHello({ domain, random: seeded(domain), shape: 'padded-517' });
  expect(hello.length).toBe(517);
  expect(hex(hello.subarray(0, 9))).toBe('1603010200010001fc');
  expect(read(hello).serverName).toBe(domain);
  expect(read(hello).keyShares).toEqual([{ group: 0x001d, length: 32 }]);
  expect(outline(hello).at(-1)?.split(' ')[0]).toBe('15');
});

test('a domain is cut at 182 bytes', () => {
  expect(read(buildClientHello({ domain: 'a'.repeat(300), random: systemRandom })).serverName).toBe('a'.repeat(182));
});

test('neighbouring GREASE codes differ, and so suite and first extension are GREASE', () => {
  const hello = buildClientHello({ domain: DOMAIN, random: (length) => new Uint8Array(length).fill(0x1f) });
  expect(hex(hello.subarray(78, 80))).toBe('1a1a');
  expect(outline(hello)[0]).toBe('0 0');
  const types = hello.subarray(hello.length - 5);
  expect(hex(types)).toBe('0a0a000100');
});
