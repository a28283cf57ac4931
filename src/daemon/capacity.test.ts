import { expect, test } from 'bun:test';
import { capacityFrom, readCapacity } from './capacity.ts';
import { roomAhead } from './room-ahead.ts';

const MB = 1024 * 1024;
const FILES = 65_536;
const CONTAINER_BYTES = 1536 * MB;

test.each<[string, number, number, number]>([
  ['1.5 GB', FILES, CONTAINER_BYTES, 19_660],
  ['2 GB', FILES, 2048 * MB, 26_214],
  ['512 MB', FILES, 512 * MB, 6_553],
  ['few open files', 1_024, CONTAINER_BYTES, 496],
  ['hardly any open files', 40, CONTAINER_BYTES, 4],
  ['fewer than that', 20, CONTAINER_BYTES, 1],
])('sessions of %s', (_name, descriptors, memoryBytes, sessions) => {
  expect(capacityFrom(descriptors, memoryBytes).sessions).toBe(sessions);
});

test('grown buffers may have a quarter of memory, and half of what sockets may hold', () => {
  const sockets = { allBytes: 187 * MB, bufferBytes: 16 * MB };
  expect(capacityFrom(FILES, 256 * MB, sockets).bufferBudgetBytes).toBe(64 * MB);
  expect(capacityFrom(FILES, CONTAINER_BYTES, sockets).bufferBudgetBytes).toBe(93.5 * MB);
});

test('buffers grow to a megabyte, or to what the kernel allows', () => {
  expect(capacityFrom(FILES, CONTAINER_BYTES).mostBufferBytes).toBe(MB);
  const sockets = { allBytes: 187 * MB, bufferBytes: 212_992 };
  expect(capacityFrom(FILES, CONTAINER_BYTES, sockets).mostBufferBytes).toBe(212_992);
});

test('accepting pauses a little below the limit of open files', () => {
  expect(capacityFrom(FILES, CONTAINER_BYTES).descriptorCeiling).toBe(65_520);
  expect(capacityFrom(20, CONTAINER_BYTES).descriptorCeiling).toBe(10);
});

test.each([
  [FILES, 65_504, 256],
  [1_024, 992, 64],
  [64, 32, 4],
  [20, 0, 1],
])('of %d descriptors %d are for connections, %d of them for what is opened next', (files, sockets, spareSockets) => {
  expect(capacityFrom(files, CONTAINER_BYTES)).toMatchObject({ sockets, spareSockets });
});

test('every listener beyond the usual two takes one', () => {
  expect(capacityFrom(200, CONTAINER_BYTES).sessions).toBe(84);
  expect(capacityFrom(200, CONTAINER_BYTES, undefined, 1).sessions).toBe(84);
  expect(capacityFrom(200, CONTAINER_BYTES, undefined, 16).sessions).toBe(77);
});

test('connections opened ahead have what sessions leave, in equal parts', () => {
  const capacity = capacityFrom(200, CONTAINER_BYTES); // 152 below the ceiling and 16 away from what sessions may take
  const room = (sessions: number, centres: number) =>
    roomAhead({ capacity, sessions: () => sessions, centres: () => centres });
  expect([room(0, 0), room(0, 1), room(0, 10)]).toEqual([152, 152, 15]);
  expect([room(70, 1), room(70, 10), room(75, 2), room(76, 1), room(84, 1)]).toEqual([12, 1, 1, 0, 0]);
});

test('this machine has limits', () => {
  const { sessions, bufferBudgetBytes, mostBufferBytes } = readCapacity();
  expect(sessions).toBeGreaterThanOrEqual(16);
  expect(bufferBudgetBytes).toBeGreaterThan(0);
  expect(mostBufferBytes).toBeGreaterThanOrEqual(65_536);
});
