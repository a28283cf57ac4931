import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { frameCodec } from '../../wire/framing/codec.ts';
import type { Framing } from '../../wire/framing/framing.ts';
import { FrameAssembler } from '../frame-assembler.ts';
import { ContentChecker } from './content-checker.ts';
import { ContentFrames } from './content-frames.ts';
import { BULK_OP, readBulk } from './message.ts';

const framing = fc.constantFrom<Framing>('abridged', 'intermediate', 'padded');
// Pieces around 488 bytes, where abridged frames get a longer header, and larger ones; odd ends of every length.
const transfer = fc.record({
  total: fc.oneof(fc.nat(2_000), fc.nat(400_000)),
  piece: fc.oneof(fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: 1_000, max: 300_000 })),
  seed: fc.nat(1_000),
});

test('what the frames carry is the test stream, whatever its length and the length of the pieces', () => {
  fc.assert(
    fc.property(framing, transfer, fc.nat(15), (framing, transfer, padding) => {
      const codec = frameCodec(framing);
      const frames = new ContentFrames(codec, 7, transfer, new Uint8Array(padding));
      const checker = new ContentChecker(transfer);
      const assembler = new FrameAssembler((bytes) => codec.decodeUplink(bytes));
      for (let batch = frames.next(); batch.length > 0; batch = frames.next()) {
        assembler.push(batch.slice(), (frame) => {
          const message = frame.kind === 'frame' ? readBulk(frame.payload) : null;
          expect([message?.op, message?.tag]).toEqual([BULK_OP.content, 7]);
          if (message !== null) checker.take(message.body);
        });
      }
      expect(checker.verdict).toEqual({ total: transfer.total, isIntact: true });
      expect(frames.sent).toBe(transfer.total);
    }),
    { numRuns: 60 },
  );
});

test('a piece too long for a frame is cut to what proxies take', () => {
  const codec = frameCodec('intermediate');
  const frames = new ContentFrames(codec, 1, { total: 3e6, piece: 5e6, seed: 0 }, new Uint8Array(0));
  const reading = codec.decodeUplink(frames.next());
  expect(reading.kind).toBe('frame');
});
