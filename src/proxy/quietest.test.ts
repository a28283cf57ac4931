import { expect, test } from 'bun:test';
import { quietest } from './quietest.ts';

const KB = 1024;
const USER = {};
const sessions = [
  { id: 'busy', quietSweeps: 3, permit: USER, queuedBytes: 500 * KB },
  { id: 'a while', quietSweeps: 4, permit: USER, queuedBytes: 0 },
  { id: 'stalled', quietSweeps: 5, permit: USER, queuedBytes: 100 * KB },
  { id: 'long stalled', quietSweeps: 6, permit: USER, queuedBytes: 4 * KB },
  { id: 'long', quietSweeps: 500, permit: USER, queuedBytes: 0 },
  { id: 'busy stranger', quietSweeps: 0, permit: null, queuedBytes: 2 * KB },
  { id: 'stranger', quietSweeps: 4, permit: null, queuedBytes: 0 },
  { id: 'long a stranger', quietSweeps: 90, permit: null, queuedBytes: 0 },
  { id: 'longer', quietSweeps: 600, permit: USER, queuedBytes: 0 },
];
const holding = [
  { id: 'holds some', quietSweeps: 100, permit: null, queuedBytes: 50 * KB },
  { id: 'holds most', quietSweeps: 0, permit: null, queuedBytes: 300 * KB },
  { id: 'holds much', quietSweeps: 1, permit: null, queuedBytes: 200 * KB },
];

test('strangers first, then users whose bytes wait, then those quiet longest; busy ones never', () => {
  const order = ['long a stranger', 'stranger', 'long stalled', 'stalled', 'longer', 'long', 'a while'];
  for (let count = 0; count <= sessions.length; count += 1) {
    expect(quietest(sessions, count).map(({ id }) => id)).toEqual(order.slice(0, count));
  }
});

test('while strangers hold much only they go, quiet or not, who holds most first', () => {
  const order = ['holds most', 'holds much', 'holds some'];
  for (let count = 0; count <= 10; count += 1) {
    expect(quietest([...sessions, ...holding], count).map(({ id }) => id)).toEqual(order.slice(0, count));
  }
});
