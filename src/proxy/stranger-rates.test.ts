import { afterEach, beforeEach, expect, jest, test } from 'bun:test';
import { FakePump } from '../../test/support/fake-pump.ts';
import { StrangerRates } from './stranger-rates.ts';

const MB = 1024 * 1024;
const NETWORK_BURST = 64 * MB;
const ALL_BURST = 512 * MB;
const RATE = MB; // a second
const NO_LIMIT = { rateBytesPerSecond: 0, networkRateBytesPerSecond: 0 };
const NETWORKS = { ...NO_LIMIT, networkRateBytesPerSecond: RATE };
const TURNS_MS = 20_000;

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

test('without limits nobody waits', () => {
  const rate = new StrangerRates().of('192.0.2.1', NO_LIMIT);
  expect(rate.throttle().charge(1e12, new FakePump())).toBe(false);
  expect(rate.bytesPerSecond).toBe(0);
  expect(jest.getTimerCount()).toBe(0);
});

test('a network has its burst at full speed, whatever the number of its connections; then the rate', () => {
  const rates = new StrangerRates();
  const pump = new FakePump();
  for (const ip of ['192.0.2.1', '192.0.2.1', '192.0.2.1', '192.0.2.1']) {
    expect(
      rates
        .of(ip, NETWORKS)
        .throttle()
        .charge(NETWORK_BURST / 4, pump),
    ).toBe(false);
  }
  const rate = rates.of('192.0.2.1', NETWORKS);
  expect(rate.bytesPerSecond).toBe(RATE);
  expect(rate.throttle().charge(RATE, pump)).toBe(true);
  jest.advanceTimersByTime(900);
  expect(pump.goes).toBe(0);
  jest.advanceTimersByTime(200);
  expect(pump.goes).toBe(1);
  expect(rates.of('192.0.2.2', NETWORKS).throttle().charge(NETWORK_BURST, pump)).toBe(false);
  expect(rates.of('', NETWORKS).throttle().charge(1e12, pump)).toBe(false); // a unix socket: nobody's network
});

test('one /64 is one network', () => {
  const rates = new StrangerRates();
  const pump = new FakePump();
  expect(rates.of('2001:db8::1', NETWORKS).throttle().charge(NETWORK_BURST, pump)).toBe(false);
  expect(rates.of('2001:db8::2', NETWORKS).throttle().charge(1, pump)).toBe(true);
  expect(rates.of('2001:db8:0:1::1', NETWORKS).throttle().charge(1, pump)).toBe(false);
});

test('a burst that was used comes back with time', () => {
  const rates = new StrangerRates();
  const pump = new FakePump();
  rates.of('192.0.2.1', NETWORKS).throttle().charge(NETWORK_BURST, pump);
  jest.advanceTimersByTime((NETWORK_BURST / RATE) * 1_000);
  expect(rates.of('192.0.2.1', NETWORKS).throttle().charge(NETWORK_BURST, pump)).toBe(false);
});

test('where all wait, those go first whose network has moved least, and nobody waits for ever', () => {
  const rates = new StrangerRates();
  const both = { rateBytesPerSecond: RATE, networkRateBytesPerSecond: RATE / 64 };
  for (let network = 1; network <= 9; network += 1) {
    rates
      .of(`192.0.2.${network}`, both)
      .throttle()
      .charge(ALL_BURST / 9, new FakePump());
  }
  const [heavy, visitor] = [new FakePump(), new FakePump()];
  expect(
    rates
      .of('192.0.2.10', both)
      .throttle()
      .charge(NETWORK_BURST / 2, heavy),
  ).toBe(true);
  expect(rates.of('192.0.2.11', both).throttle().charge(RATE, visitor)).toBe(true);
  for (let ms = 0; visitor.goes === 0; ms += 50) {
    expect(ms).toBeLessThan(60_000);
    jest.advanceTimersByTime(50);
  }
  expect(heavy.goes).toBe(0);
  // Others that have moved little come all the time.
  let waitedMs = 0;
  for (; heavy.goes === 0; waitedMs += 50) {
    expect(waitedMs).toBeLessThan(2 * TURNS_MS);
    const fresh = rates.of(`198.51.${waitedMs % 251}.${waitedMs % 241}`, both).throttle();
    fresh.charge(RATE / 20, new FakePump());
    jest.advanceTimersByTime(50);
  }
});

test('both limits have to let go; one that ends is not called any more', () => {
  const rates = new StrangerRates();
  const rate = rates.of('192.0.2.1', { rateBytesPerSecond: 2 * RATE, networkRateBytesPerSecond: RATE });
  const pump = new FakePump();
  const throttle = rate.throttle();
  expect(throttle.charge(ALL_BURST + RATE, pump)).toBe(true);
  jest.advanceTimersByTime(1_000); // all of them: 512 + 1 MB at 2 MB a second, but the network owes 449 MB
  expect(pump.goes).toBe(0);
  throttle.forget(pump);
  expect(jest.getTimerCount()).toBe(0);
  jest.advanceTimersByTime(1_000_000);
  expect(pump.goes).toBe(0);
});

test('a limit that is lifted lets everybody go', () => {
  const rates = new StrangerRates();
  const pump = new FakePump();
  expect(
    rates
      .of('192.0.2.1', { rateBytesPerSecond: RATE, networkRateBytesPerSecond: RATE })
      .throttle()
      .charge(2 * ALL_BURST, pump),
  ).toBe(true);
  rates.of('192.0.2.2', NO_LIMIT);
  jest.advanceTimersByTime(50);
  expect(pump.goes).toBe(1);
});
