import { afterAll, beforeEach, expect, test } from 'bun:test';
import { SimulatedClient } from '../client/simulated-client.ts';
import { SimulatedDataCenter } from './data-center.ts';

const dc = SimulatedDataCenter.start();
const BYTES = new Uint8Array(16).fill(3);

beforeEach(async () => {
  dc.faults = {};
  await dc.until(({ open }) => open === 0);
});
afterAll(() => dc.stop());

function connect(): Promise<SimulatedClient> {
  return SimulatedClient.connect({ host: dc.address, port: dc.port, secret: null });
}

test('closes right after accepting', async () => {
  dc.faults = { closeOnAccept: true };
  const client = await connect();
  expect(['closed', 'reset']).toContain(await client.ended); // a reset when the init header meets the closed socket
});

test('reads and never answers', async () => {
  dc.faults = { silent: true };
  const client = await connect();
  const frames = dc.counters.framesIn;
  const echo = client.echo(BYTES).catch((error) => error.reason);
  await dc.until(({ framesIn }) => framesIn === frames + 1);
  client.close();
  expect(await echo).toBe('closed-by-us');
  expect(client.bytesDown).toBe(0);
});

test('answers late, and in order', async () => {
  dc.faults = { answerDelayMs: 30 };
  const client = await connect();
  const start = performance.now();
  const order: number[] = [];
  await Promise.all([1, 2, 3].map((value) => client.echo(Uint8Array.of(value)).then((bytes) => order.push(bytes[0]))));
  expect(performance.now() - start).toBeGreaterThan(25);
  expect(order).toEqual([1, 2, 3]);
  client.close();
});

test('resets after so many bytes', async () => {
  dc.faults = { resetAfterBytes: 100_000 };
  const client = await connect();
  await expect(client.download(1_000_000)).rejects.toThrow('reset');
  expect(await client.ended).toBe('reset');
});

test('sends FIN after its first answer', async () => {
  dc.faults = { halfCloseAfterAnswer: true };
  const client = await connect();
  expect(await client.echo(BYTES)).toEqual(BYTES);
  expect(await client.ended).toBe('closed');
});

test('drops all connections at once', async () => {
  const clients = await Promise.all([connect(), connect(), connect()]);
  await dc.until(({ byFraming }) => byFraming.get('abridged') !== undefined);
  await dc.until(({ open }) => open === 3);
  dc.resetConnections();
  expect(await Promise.all(clients.map(({ ended }) => ended))).toEqual(['reset', 'reset', 'reset']);
});

test('tells what it counted when a wait fails', async () => {
  await expect(dc.until(({ open }) => open === 99, 10)).rejects.toThrow('not seen within 10 ms');
});
