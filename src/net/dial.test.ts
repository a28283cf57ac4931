import { describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectDescriptors, openDescriptors } from '../../test/support/descriptors.ts';
import { loopTurn } from '../../test/support/loop-turn.ts';
import { CLOSED_PORT, until } from '../../test/support/proxy.ts';
import { RawListener } from '../../test/support/raw-peer.ts';
import { SilentListener } from '../../test/support/silent-listener.ts';
import { concat, utf8 } from '../kit/bytes.ts';
import type { Conn } from './conn.ts';
import { dial } from './dial.ts';
import type { Dialing } from './dialing.ts';
import { type Endpoint, endpointText } from './endpoint.ts';
import { bufferSizes } from './socket-options.ts';

const KERNEL_SIZES = { receive: 0, send: 0 };
const LONG_MS = 5_000;

function to(endpoint: Endpoint, timeoutMs = LONG_MS): Dialing {
  return dial({ endpoint, timeoutMs, buffers: KERNEL_SIZES });
}

async function connected(dialing: Dialing): Promise<Conn> {
  const result = await dialing.result;
  if (result.kind === 'failed') throw new Error(result.reason);
  return result.conn;
}

/** What a connection's peer sends, as it comes. */
function listenTo(conn: Conn) {
  const heard = { bytes: new Uint8Array(0) as Uint8Array, hasEnded: false };
  conn.attach({
    onBytes: (_conn, chunk) => {
      heard.bytes = concat(heard.bytes, chunk);
    },
    onEnd: () => {
      heard.hasEnded = true;
    },
    onWritable: () => {},
    onClosed: () => {},
  });
  return heard;
}

test.each([
  ['127.0.0.1', '127.0.0.1', '127.0.0.1'],
  ['::1', '::1', '::1'],
  ['0000:0:0:0:0:0:0:1', '::1', '::1'],
  ['::ffff:127.0.0.1', '127.0.0.1', '127.0.0.1'],
  ['localhost', '127.0.0.1', '127.0.0.1'],
])('%s is reached', async (host, hostname, ip) => {
  using listener = new RawListener(() => {}, { hostname });
  const conn = await connected(to({ host, port: listener.port }));
  expect(conn.remote).toEqual({ ip, port: listener.port });
  conn.write(utf8('hello'));
  const peer = await listener.find(({ received }) => received === 5, 'what we sent');
  const heard = listenTo(conn);
  await peer.write(utf8('answer'));
  peer.finish();
  await until(() => heard.hasEnded, 'the FIN');
  expect(heard.bytes).toEqual(utf8('answer'));
  conn.close();
});

test('a unix socket is reached', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'petrel-dial-'));
  using listener = new RawListener(() => {}, { unix: join(folder, 'site') });
  const conn = await connected(to({ unix: join(folder, 'site') }));
  expect(conn.remote).toEqual({ ip: '', port: 0 });
  conn.write(utf8('hello'));
  await listener.find(({ received }) => received === 5, 'what we sent');
  conn.close();
  expect((await to({ unix: join(folder, 'nobody') }).result).kind).toBe('failed');
  rmSync(folder, { recursive: true });
});

test('what the peer says or does at once is kept for the first consumer', async () => {
  using talker = new RawListener((peer) => void peer.write(utf8('fi')));
  const conn = await connected(to({ host: '127.0.0.1', port: talker.port }));
  await loopTurn();
  await talker.peers[0]?.write(utf8('rst')); // in two pieces
  talker.peers[0]?.finish();
  await until(() => conn.hasEnded, 'the FIN, before anybody listens');
  const heard = listenTo(conn);
  expect(heard).toEqual({ bytes: utf8('first'), hasEnded: true });
  conn.close();
});

test('kernel buffers are set before connecting', async () => {
  using listener = new RawListener();
  const endpoint = { host: '127.0.0.1', port: listener.port };
  const conn = await connected(dial({ endpoint, timeoutMs: LONG_MS, buffers: { receive: 20_000, send: 30_000 } }));
  expect(bufferSizes(conn.fd)).toEqual({ receive: 40_000, send: 60_000 }); // the kernel doubles them
  conn.close();
});

describe('a dialling that comes to nothing leaves no descriptor behind', () => {
  test('refused', async () => {
    const before = openDescriptors();
    for (const host of ['127.0.0.1', '::1', 'localhost']) {
      const result = await to({ host, port: CLOSED_PORT }).result;
      expect(result.kind).toBe('failed');
    }
    await expectDescriptors(before);
  });

  test('a name that no resolver takes', async () => {
    const before = openDescriptors();
    const result = await to({ host: `${'a'.repeat(300)}.invalid`, port: 443 }).result; // fails before it asks anybody
    expect(result.kind).toBe('failed');
    await expectDescriptors(before);
  });

  test('silent: after the time limit', async () => {
    using silent = await SilentListener.start();
    const before = openDescriptors();
    const start = performance.now();
    const result = await to({ host: '127.0.0.1', port: silent.port }, 200).result;
    expect(result).toEqual({ kind: 'failed', reason: 'timed out' });
    expect(performance.now() - start).toBeGreaterThanOrEqual(195);
    expect(performance.now() - start).toBeLessThan(1_000);
    await expectDescriptors(before);
  });

  test('cancelled at any moment', async () => {
    using silent = await SilentListener.start();
    using listener = new RawListener((peer) => {
      peer.onFin = () => peer.close();
    });
    const before = openDescriptors();
    const moments = [() => {}, () => Promise.resolve(), () => new Promise((resolve) => setImmediate(resolve))];
    for (const port of [silent.port, listener.port, CLOSED_PORT]) {
      for (const moment of moments) {
        const dialing = to({ host: '127.0.0.1', port });
        await moment();
        dialing.cancel();
        const result = await dialing.result;
        if (result.kind === 'connected') result.conn.close(); // it was quicker than we
        dialing.cancel();
      }
    }
    await expectDescriptors(before);
  });
});

test.each<[string, Endpoint]>([
  ['192.0.2.1:443', { host: '192.0.2.1', port: 443 }],
  ['[2001:db8::1]:443', { host: '2001:db8::1', port: 443 }],
  ['www.example.org:8443', { host: 'www.example.org', port: 8443 }],
  ['unix:/run/site', { unix: '/run/site' }],
])('%s is how logs tell an endpoint', (text, endpoint) => {
  expect(endpointText(endpoint)).toBe(text);
});
