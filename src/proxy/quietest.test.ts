import { expect, test } from 'bun:test';
import { quietest } from './quietest.ts';

const USER = {};
const sessions = [
  { id: 'busy', quietSweeps: 3, permit: USER },
  { id: 'a while', quietSweeps: 4, permit: USER },
  { id: 'long', quietSweeps: 500, permit: USER },
  { id: 'busy stranger', quietSweeps: 0, permit: null },
  { id: 'stranger', quietSweeps: 4, permit: null },
  { id: 'long a stranger', quietSweeps: 90, permit: null },
  { id: 'longer', quietSweeps: 600, permit: USER },
];

test('strangers first, then who was quiet longest; busy ones never', () => {
  const order = ['long a stranger', 'stranger', 'longer', 'long', 'a while'];
  for (let count = 0; count <= sessions.length; count += 1) {
    expect(quietest(sessions, count).map(({ id }) => id)).toEqual(order.slice(0, count));
  }
});
