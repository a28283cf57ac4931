import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { concat, hex } from '../kit/bytes.ts';
import { frameCodec } from '../wire/framing/codec.ts';
import { FrameAssembler } from './frame-assembler.ts';

const codec = frameCodec('intermediate');

test('gives the same frames wherever the chunks end', () => {
  const sizes = fc.array(fc.oneof(fc.nat(8), fc.nat(40_000)), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(sizes, fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 }), (words, cuts) => {
      const payloads = words.map((count, i) => new Uint8Array(4 + 4 * count).fill(i + 1));
      const stream = concat(...payloads.map((payload) => codec.encode(payload)));
      const bounds = [0, ...cuts.map((cut) => Math.floor(cut * stream.length)).sort((a, b) => a - b), stream.length];
      const frames = new FrameAssembler((bytes) => codec.decodeUplink(bytes));
      const seen: string[] = [];
      for (const [i, end] of bounds.slice(1).entries()) {
        const reason = frames.push(stream.subarray(bounds[i], end), (frame) => {
          if (frame.kind === 'frame') seen.push(hex(frame.payload));
        });
        expect(reason).toBeNull();
      }
      expect(seen).toEqual(payloads.map(hex));
    }),
    { numRuns: 60 },
  );
});

test('tells why a stream is none of frames, also when the bad length comes in two chunks', () => {
  const frames = new FrameAssembler((bytes) => codec.decodeUplink(bytes));
  expect(frames.push(Uint8Array.of(0xff, 0xff), () => {})).toBeNull();
  expect(frames.push(Uint8Array.of(0xff, 0x3f), () => {})).toContain('1073741823');
});
