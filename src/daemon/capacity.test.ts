import { expect, test } from 'bun:test';
import { capacityFrom, readCapacity } from './capacity.ts';

const MB = 1024 * 1024;
const FILES = 65_536;
const CONTAINER_BYTES = 1536 * MB;

test.each<[string, number, number, number]>([
  ['1.5 GB', FILES, CONTAINER_BYTES, 19_660],
  ['2 GB', FILES, 2048 * MB, 26_214],
  ['512 MB', FILES, 512 * MB, 6_553],
  ['few open files', 1_024, CONTAINER_BYTES, 496],
  ['hardly any open files', 40, CONTAINER_BYTES, 16],
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

test('a sixteenth of the descriptors, 256 at most, are free for what a new connection opens', () => {
  expect(capacityFrom(FILES, CONTAINER_BYTES).sockets).toBe(65_536 - 32 - 256);
  expect(capacityFrom(1_024, CONTAINER_BYTES).sockets).toBe(1_024 - 32 - 64);
  expect(capacityFrom(64, CONTAINER_BYTES).sockets).toBe(64 - 32 - 4);
});

test('this machine has limits', () => {
  const { sessions, bufferBudgetBytes, mostBufferBytes } = readCapacity();
  expect(sessions).toBeGreaterThanOrEqual(16);
  expect(bufferBudgetBytes).toBeGreaterThan(0);
  expect(mostBufferBytes).toBeGreaterThanOrEqual(65_536);
});
