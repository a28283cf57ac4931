import { expect, test } from 'bun:test';
import { BLOCK_BYTES, contentAt, isContent } from '../../src/demo/bulk/content.ts';
import { SimulatedClient } from '../../src/demo/client/simulated-client.ts';
import { SimulatedDataCenter } from '../../src/demo/telegram/data-center.ts';
import type { SecretKind } from '../../src/wire/secret.ts';
import { expectSettled, secretOf, TestProxy, until } from '../support/proxy.ts';
import { RawClient } from '../support/raw-client.ts';
import { RawDataCenter } from '../support/raw-data-center.ts';

const MB = 1024 * 1024;
const BULK_BYTES = 50 * MB;
/** What the kernel and the proxy may hold of one stalled direction: four socket buffers and a remainder. */
const MAX_HELD_BYTES = 1 * MB;
/** The data centre's own send buffer comes on top. */
const MAX_SENT_BYTES = MAX_HELD_BYTES + 5 * MB;
/** What stalled sessions may add to the whole test process, data centre and clients included. */
const MAX_GROWTH_BYTES = 48 * MB;
const STALLED = 15; // within the sessions margin: beyond it the send buffer is below one segment of loopback, and slow

test.each<SecretKind>(['plain', 'dd', 'ee'])(
  '%s: clients that stop reading cost little, and get every byte later',
  async (kind) => {
    const dc = SimulatedDataCenter.start();
    await using proxy = new TestProxy({ dcPort: dc.port });
    const options = { host: '127.0.0.1', port: proxy.port, secret: secretOf(kind) };
    const warm = await SimulatedClient.connect(options);
    await warm.download(BULK_BYTES);
    const before = { rss: process.memoryUsage.rss(), moved: proxy.ledger.downlinkBytes, sent: dc.counters.bytesOut };

    const stalled = await Promise.all(Array.from({ length: STALLED }, () => SimulatedClient.connect(options)));
    for (const client of stalled) client.pauseReading();
    const downloads = stalled.map((client, seed) => client.download(BULK_BYTES, { seed }));
    // Another session gets its bytes meanwhile, more than one stalled session could hold back.
    await warm.download(BULK_BYTES);

    expect(proxy.ledger.relaying).toBe(STALLED + 1);
    expect(proxy.ledger.downlinkBytes - before.moved - BULK_BYTES).toBeLessThan(STALLED * MAX_HELD_BYTES);
    expect(dc.counters.bytesOut - before.sent - BULK_BYTES).toBeLessThan(STALLED * MAX_SENT_BYTES);
    expect(process.memoryUsage.rss() - before.rss).toBeLessThan(MAX_GROWTH_BYTES);

    const [first, ...others] = stalled;
    first?.resumeReading();
    expect(await downloads[0]).toEqual({ total: BULK_BYTES, isIntact: true });
    const ends = Promise.allSettled(downloads);
    for (const client of others) client.close();
    first?.close();
    warm.close();
    await ends;
    await expectSettled(proxy);
    dc.stop();
  },
);

test.each<SecretKind>(['plain', 'dd', 'ee'])(
  '%s: a data centre that stops reading gets every byte later',
  async (kind) => {
    using dc = new RawDataCenter();
    await using proxy = new TestProxy({ dcPort: dc.port });
    await using client = await RawClient.open(proxy.port, kind);
    const side = await dc.next();
    let isIntact = true;
    side.onBytes = (bytes) => {
      isIntact &&= isContent(bytes, 0, side.received - bytes.length);
    };
    side.peer.pause();
    let sent = 0;
    const sending = (async () => {
      for (; sent < BULK_BYTES; sent += BLOCK_BYTES) await client.send(contentAt(0, sent, BLOCK_BYTES));
    })();
    await until(() => proxy.ledger.uplinkBytes > 0, 'the first bytes');
    // Another session's upload goes through meanwhile.
    await using brisk = await RawClient.open(proxy.port, kind);
    const other = await dc.next();
    other.onBytes = () => {};
    for (let at = 0; at < BULK_BYTES; at += BLOCK_BYTES) await brisk.send(contentAt(1, at, BLOCK_BYTES));
    await until(() => other.received === BULK_BYTES, 'the other upload');
    expect(proxy.ledger.uplinkBytes - BULK_BYTES).toBeLessThan(MAX_HELD_BYTES);
    expect(sent).toBeLessThan(BULK_BYTES / 2); // so the client was made to wait

    side.peer.resume();
    await sending;
    await until(() => side.received === BULK_BYTES, 'the whole upload');
    expect(isIntact).toBe(true);
    brisk.peer.close();
    client.peer.close();
    await side.peer.end();
    side.peer.close();
    other.peer.close();
    await expectSettled(proxy);
  },
);

/** Each of so many sessions moves bulk both ways, one after the other, while the others stand. */
async function expectNoStall(proxy: TestProxy, kind: SecretKind, sessions: number): Promise<void> {
  const clients: SimulatedClient[] = [];
  for (let session = 0; session < sessions; session += 1) {
    const client = await SimulatedClient.connect({ host: '127.0.0.1', port: proxy.port, secret: secretOf(kind) });
    clients.push(client);
    await client.echo(new Uint8Array(200));
    const start = performance.now();
    for (let i = 0; i < 4; i += 1) await client.upload(MB);
    for (let i = 0; i < 4; i += 1) await client.download(MB);
    // With a segment longer than a buffer every 64 KB would wait 200 ms for a timer: 25 s.
    expect(performance.now() - start, `session ${session}`).toBeLessThan(1_600);
  }
  for (const client of clients) client.close();
  await expectSettled(proxy);
}

test.each<SecretKind>(['plain', 'dd', 'ee'])(
  '%s: the default buffers hold no transfer up on loopback',
  async (kind) => {
    const dc = SimulatedDataCenter.start();
    await using proxy = new TestProxy({ dcPort: dc.port });
    await expectNoStall(proxy, kind, 1);
    dc.stop();
  },
);

test.each([
  ['beyond the margin, also with connections opened within it', 'to_client_buffer = ["8KB", 1, "64KB"]'],
  ['without a margin', 'to_client_buffer = ["8KB", 0, "64KB"]'],
  ['with small buffers', 'to_client_buffer = ["4KB", 1, "16KB"]\nto_telegram_buffer = "8KB"'],
])('no transfer is held up on loopback %s', async (_name, limits) => {
  const dc = SimulatedDataCenter.start();
  await using proxy = new TestProxy({ dcPort: dc.port, toml: `[limits]\n${limits}` });
  await expectNoStall(proxy, 'ee', 4);
  dc.stop();
});
