import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { concat, equal, hex } from '../../src/kit/bytes.ts';
import { systemRandom } from '../../src/kit/random.ts';
import { CtrCipher } from '../../src/wire/ctr.ts';
import { buildInitHeader, hasKnownTag, isReservedStart, openInitHeader } from '../../src/wire/obfuscated2.ts';
import { bytesUpTo, cut, places } from './chunks.ts';

const framing = fc.constantFrom('abridged' as const, 'intermediate' as const, 'padded' as const);
const dc = fc.integer({ min: -0x8000, max: 0x7fff });
const secret = fc.uint8Array({ minLength: 16, maxLength: 16 });
const ctrKey = fc.record({
  key: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  iv: fc.uint8Array({ minLength: 16, maxLength: 16 }),
});

describe('init header', () => {
  test('what one side builds, the other opens, and both streams pass', () => {
    fc.assert(
      fc.property(framing, dc, fc.option(secret), bytesUpTo(300), places, (ofFraming, toDc, secretKey, payload, at) => {
        const ours = buildInitHeader({ framing: ofFraming, dc: toDc, secretKey, random: systemRandom });
        expect(isReservedStart(ours.wire)).toBe(false);
        const theirs = openInitHeader(ours.wire, secretKey);
        if (theirs === null) throw new Error('does not open');
        expect([theirs.framing, theirs.dc]).toEqual([ofFraming, toDc]);
        const up = cut(ours.uplink.apply(payload), at).map((piece) => theirs.uplink.apply(piece));
        expect(equal(concat(...up), payload)).toBe(true);
        const downlink = new CtrCipher(ours.downlinkKey);
        const down = cut(new CtrCipher(theirs.downlinkKey).apply(payload), at).map((piece) => downlink.apply(piece));
        expect(equal(concat(...down), payload)).toBe(true);
      }),
    );
  });

  test('the cheap check says what opening says', () => {
    fc.assert(
      fc.property(framing, dc, secret, secret, fc.boolean(), (ofFraming, toDc, secretKey, other, insideTls) => {
        const { wire } = buildInitHeader({ framing: ofFraming, dc: toDc, secretKey, insideTls, random: systemRandom });
        expect(hasKnownTag(wire, secretKey)).toBe(true);
        expect(hasKnownTag(wire, other)).toBe(openInitHeader(wire, other) !== null);
        const edge = new Uint8Array(wire);
        edge.fill(0xff, 40, 56);
        expect(hasKnownTag(edge, secretKey)).toBe(openInitHeader(edge, secretKey) !== null);
      }),
    );
  });

  test('in fast mode the answer is in the key that was asked for', () => {
    fc.assert(
      fc.property(framing, dc, ctrKey, bytesUpTo(100), (ofFraming, toDc, fastKey, payload) => {
        const { wire } = buildInitHeader({ framing: ofFraming, dc: toDc, fastKey, random: systemRandom });
        const atDc = openInitHeader(wire, null);
        expect(hex(atDc?.downlinkKey.key ?? wire)).toBe(hex(fastKey.key));
        expect(hex(atDc?.downlinkKey.iv ?? wire)).toBe(hex(fastKey.iv));
        expect(hex(new CtrCipher(atDc?.downlinkKey ?? fastKey).apply(payload))).toBe(
          hex(new CtrCipher(fastKey).apply(payload)),
        );
      }),
    );
  });

  test('any bytes open or not, and stay as they are', () => {
    fc.assert(
      fc.property(bytesUpTo(100), fc.option(secret), (bytes, secretKey) => {
        const before = hex(bytes);
        const header = openInitHeader(bytes, secretKey);
        if (bytes.length < 64) expect(header).toBeNull();
        if (secretKey !== null) expect(hasKnownTag(bytes, secretKey)).toBe(header !== null);
        expect(hex(bytes)).toBe(before);
      }),
    );
  });
});
