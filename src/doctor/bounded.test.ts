import { expect, test } from 'bun:test';
import { ok } from '../kit/finding.ts';
import { bounded } from './bounded.ts';

const GROUP = { title: 'Machine', findings: [ok('kernel', 'Linux')] };

test('what is in time stays as it is', async () => {
  expect(await bounded('Machine', 60_000, async () => [GROUP])).toEqual([GROUP]);
});

test('what is late, and what breaks, fails with its reason', async () => {
  const [late] = await bounded('Machine', 20, () => new Promise(() => {}));
  expect(late?.findings).toEqual([expect.objectContaining({ verdict: 'failed', seen: 'not over after 0.02 seconds' })]);
  const [broken] = await bounded('Machine', 60_000, () => Promise.reject(new Error('a bug')));
  expect(broken?.findings).toEqual([expect.objectContaining({ verdict: 'failed', seen: 'broke: a bug' })]);
});
