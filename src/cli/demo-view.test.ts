import { expect, test } from 'bun:test';
import { type DemoFigures, plainLine, tableLines } from './demo-view.ts';

const MIB = 1024 * 1024;
const FIGURES: DemoFigures = {
  elapsedSeconds: 3.9,
  totalSeconds: 20,
  clients: 60,
  modes: [
    { name: 'classic', open: 20, begun: 31 },
    { name: 'secure', open: 19, begun: 30 },
    { name: 'tls', open: 20, begun: 29 },
  ],
  users: [
    { name: 'alice', connections: 30 },
    { name: 'bob', connections: 29 },
  ],
  down: { rate: 71.3 * MIB, total: 250 * MIB },
  up: { rate: 9.8 * MIB, total: 40.5 * MIB },
  roundTrip: { p50: 0.42, p99: 7.77 },
  rssBytes: 120 * MIB,
  strangers: 5,
  failures: 0,
};

test('the table', () => {
  expect(tableLines(FIGURES, false)).toEqual([
    'petrel demo   3 s of 20 s   60 simulated clients, simulated Telegram, real proxy',
    '  sessions     59 open, 90 so far   classic 20   secure 19   tls 20',
    '  users        alice 30   bob 29',
    '  down         71.3 MB/s     250.0 MB verified',
    '  up           9.8 MB/s      40.5 MB verified',
    '  round trip   p50 0.4 ms   p99 7.8 ms',
    '  memory       120.0 MB (proxy, Telegram and all clients in one process)',
    '  strangers    5 were shown the fronted site',
    '  failures     0',
  ]);
});

test('the plain line', () => {
  expect(plainLine(FIGURES)).toBe(
    '3 s of 20 s  classic 20  secure 19  tls 20  down 71.3 MB/s  up 9.8 MB/s  p50 0.4 ms  p99 7.8 ms  memory 120.0 MB  failures 0',
  );
});
