import { expect, test } from 'bun:test';
import { SimulatedDataCenter } from '../demo/telegram/data-center.ts';
import { systemRandom } from '../kit/random.ts';
import { dial } from '../net/dial.ts';
import { askPq, type PqAnswer } from './ask-pq.ts';

const LIMIT_MS = 300;
const buffers = { receive: 0, send: 0 };

async function ask(port: number, { limitMs = LIMIT_MS, now = Date.now } = {}): Promise<PqAnswer> {
  const dialled = await dial({ endpoint: { host: '127.0.0.1', port }, timeoutMs: 5_000, buffers }).result;
  if (dialled.kind === 'failed') throw new Error(dialled.reason);
  return askPq(dialled.conn, { dc: 2, limitMs, random: systemRandom, now });
}

test('a data centre answers; both clocks agree; the connection is closed', async () => {
  const dc = SimulatedDataCenter.start();
  try {
    const answer = await ask(dc.port, { limitMs: 5_000 });
    expect(answer).toEqual({ kind: 'answered', tookMs: expect.any(Number), aheadMs: expect.any(Number) });
    if (answer.kind !== 'answered') throw new Error('not answered');
    expect(Math.abs(answer.aheadMs)).toBeLessThan(1_000);
    await dc.until((counters) => counters.pqRequests === 1 && counters.open === 0);
    expect(dc.counters.malformed).toBe(0);
  } finally {
    dc.stop();
  }
});

test.each([300_000, -300_000])('a data centre whose clock is %d ms ahead', async (aheadMs) => {
  const dc = SimulatedDataCenter.start({ now: () => Date.now() + aheadMs });
  try {
    const answer = await ask(dc.port, { limitMs: 5_000 });
    if (answer.kind !== 'answered') throw new Error('not answered');
    expect(Math.abs(answer.aheadMs - aheadMs)).toBeLessThan(1_000);
  } finally {
    dc.stop();
  }
});

test('silence ends after the limit, a closed connection at once', async () => {
  const dc = SimulatedDataCenter.start({ faults: { silent: true } });
  try {
    const before = performance.now();
    expect(await ask(dc.port)).toEqual({ kind: 'silent' });
    expect(performance.now() - before).toBeGreaterThan(LIMIT_MS * 0.9);
    dc.faults = { closeOnAccept: true };
    expect(await ask(dc.port, { limitMs: 60_000 })).toEqual({ kind: 'closed' });
  } finally {
    dc.stop();
  }
});

const TLS_ALERT = Uint8Array.of(0x15, 3, 1, 0, 2, 2, 0x16);
const WEB_ERROR = new TextEncoder().encode('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');

test.each([
  ['a TLS server', TLS_ALERT],
  ['a web server', WEB_ERROR],
  ['one that never stops', new Uint8Array(300_000).fill(0x41)],
])('%s is told from a data centre', async (_name, bytes) => {
  const listener = Bun.listen({
    hostname: '127.0.0.1',
    port: 0,
    socket: { data: (socket) => void socket.write(bytes) },
  });
  try {
    // What it sends is decrypted to chance: now and then to the length of a short frame that never gets whole.
    expect(['foreign', 'silent']).toContain((await ask(listener.port)).kind);
  } finally {
    listener.stop(true);
  }
});
