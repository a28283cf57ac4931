import { expect, test } from 'bun:test';
import { readOrders, readReports } from './messages.ts';

test('batches of messages are read as they are', () => {
  const orders = [
    { kind: 'look', id: 1 },
    { kind: 'moved', moves: [] },
  ];
  const reports = [{ kind: 'serving' }, { kind: 'enter', id: 1, ip: '' }];
  expect(readOrders(orders)).toBe(orders as ReturnType<typeof readOrders>);
  expect(readReports(reports)).toBe(reports as ReturnType<typeof readReports>);
});

test.each<[unknown]>([
  [null],
  ['look'],
  [{ kind: 'look', id: 1 }],
  [[null]],
  [[{}]],
  [[{ kind: 'look' }]],
  [[{ kind: 'look', id: '1' }]],
  [[{ kind: 'moved', moves: null }]],
  [[{ kind: 'toString' }]],
  [[{ kind: 'enter', id: 1, ip: '' }]], // a report is no order
  [[{ kind: 'look', id: 1 }, { kind: 'later' }]],
])('anything else is of another version: %j', (raw) => {
  expect(readOrders(raw)).toBeNull();
});
