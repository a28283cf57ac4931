import { expect, test } from 'bun:test';
import { discard, WORTH_DISCARDING_BYTES } from './discard.ts';

test('bulk is let go, with all views of it; what is small is left to the collector', () => {
  const bulk = new Uint8Array(WORTH_DISCARDING_BYTES + 1);
  const view = bulk.subarray(1);
  discard(view);
  expect([bulk.length, view.length]).toEqual([0, 0]);
  const small = new Uint8Array(WORTH_DISCARDING_BYTES - 1);
  discard(small);
  expect(small.length).toBe(WORTH_DISCARDING_BYTES - 1);
  discard(bulk); // again: nothing is left to do
});
