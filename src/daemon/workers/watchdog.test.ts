import { afterEach, beforeEach, expect, jest, test } from 'bun:test';
import { Watchdog } from './watchdog.ts';

const SECOND = 1_000;
const silent: string[] = [];
let watchdog: Watchdog<string>;

beforeEach(() => {
  jest.useFakeTimers();
  silent.length = 0;
  watchdog = new Watchdog((one) => void silent.push(one));
});
afterEach(() => {
  watchdog.close();
  jest.useRealTimers();
});

function pass(seconds: number, eachSecond = () => {}): void {
  for (let second = 0; second < seconds; second += 1) {
    jest.advanceTimersByTime(SECOND);
    eachSecond();
  }
}

test('one that has fallen silent is told, once; the others are not', () => {
  watchdog.heard('silent');
  pass(60, () => watchdog.heard('talking'));
  expect(silent).toEqual(['silent']);
});

test('ten seconds are not enough, and a word starts them anew', () => {
  watchdog.heard('slow');
  for (let turn = 0; turn < 3; turn += 1) {
    pass(10);
    watchdog.heard('slow');
  }
  expect(silent).toEqual([]);
  pass(11);
  expect(silent).toEqual(['slow']);
});

test('one that has ended is not expected to talk', () => {
  watchdog.heard('ended');
  watchdog.forget('ended');
  pass(60);
  expect(silent).toEqual([]);
});

test('nobody is expected to talk after the close', () => {
  watchdog.heard('left');
  watchdog.close();
  pass(60);
  expect(silent).toEqual([]);
});
