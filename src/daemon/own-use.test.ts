import { expect, test } from 'bun:test';
import { OwnUse } from './own-use.ts';

/** Sockets that a test lets hold so many bytes; measuring them takes so long. */
function ownUse(tookMs = 0) {
  const state = { sockets: 100, neighbours: 7, walks: 0 };
  const own = new OwnUse({
    sockets: () => {
      state.walks += 1;
      const until = performance.now() + tookMs;
      while (performance.now() < until);
      return state.sockets;
    },
    neighbours: () => state.neighbours,
  });
  return { own, state };
}

test('what was measured is ours, and all growth since then may be', () => {
  const { own } = ownUse();
  expect(own.renew(1_000, false)).toBe(true);
  expect([own.socketBytes(1_000), own.socketBytes(1_400), own.socketBytes(900), own.socketBytes(60)]).toEqual([
    100, 500, 100, 60,
  ]);
  expect(own.neighbourBytes).toBe(7);
});

test('never more than all sockets of the machine hold', () => {
  const { own, state } = ownUse();
  state.sockets = 5_000;
  own.renew(1_000, false);
  expect(own.socketBytes(1_200)).toBe(1_200);
});

test('while memory lasts it is measured seldom; when it matters, at once', () => {
  const { own, state } = ownUse();
  own.renew(1_000, false);
  expect([own.renew(2_000, false), state.walks]).toEqual([false, 1]);
  while (!own.renew(2_000, true));
  expect([state.walks, own.socketBytes(2_000)]).toEqual([2, 100]);
});

test('what takes long is given rest, also when it matters', () => {
  const { own, state } = ownUse(20);
  own.renew(1_000, false);
  expect([own.renew(2_000, true), state.walks]).toEqual([false, 1]);
});
