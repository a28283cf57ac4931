import { describe, expect, test } from 'bun:test';
import { hex, utf8 } from '../../src/kit/bytes.ts';
import { systemRandom } from '../../src/kit/random.ts';
import { CHANGE_CIPHER_SPEC } from '../../src/wire/tls/records.ts';
import { expectDescriptors, openDescriptors } from '../support/descriptors.ts';
import { signedHello } from '../support/hellos.ts';
import { expectSettled, TestProxy } from '../support/proxy.ts';
import { connectToFlight, RawClient } from '../support/raw-client.ts';
import { RawDataCenter } from '../support/raw-data-center.ts';
import { RawListener, RawPeer } from '../support/raw-peer.ts';

const LIMIT_MS = 1_000;
/** Limits are looked at every 500 ms; the rest is for a busy machine. */
const LATEST_MS = LIMIT_MS + 1_500;
const NEVER = '"1m"';
/** No connections but those of sessions: none opened ahead, none to a fronted site. */
const QUIET = '[telegram]\npool_size = 0\n[mask]\nenabled = false';
const TICK = utf8('tick');

/** Runs `wait` and checks that it took as long as the limit, and not much longer. */
async function expectLimit(wait: () => Promise<unknown>): Promise<void> {
  const start = performance.now();
  await wait();
  const took = performance.now() - start;
  expect(took).toBeGreaterThanOrEqual(LIMIT_MS - 5); // both clocks count whole milliseconds
  expect(took).toBeLessThan(LATEST_MS);
}

function limits(values: { firstByte?: string; handshake?: string; idle?: string }): string {
  const { firstByte = NEVER, handshake = NEVER, idle = NEVER } = values;
  return `[limits]\nfirst_byte_timeout = ${firstByte}\nhandshake_timeout = ${handshake}\nidle_timeout = ${idle}`;
}

describe('the idle limit', () => {
  const toml = limits({ idle: '"1s"' });

  test('ends a session in which nothing moves, and closes both sides for good', async () => {
    using dc = new RawDataCenter();
    await using proxy = new TestProxy({ dcPort: dc.port, toml: `${toml}\n${QUIET}` });
    const before = openDescriptors();
    const client = await RawClient.open(proxy.port, 'ee');
    const side = await dc.next();
    await expectLimit(() => client.peer.end());
    expect(client.peer.seen.at(-1)).toBe('fin');
    expect(await side.peer.end()).toBe('fin');
    await expectSettled(proxy);
    expect(proxy.ledger.outcomes.idle).toBe(1);
    // Neither side has closed yet: the proxy has let go of its two descriptors all the same.
    await expectDescriptors(before + 2);
    client.peer.close();
    side.peer.close();
  });

  test('counts from the last byte of either direction', async () => {
    using dc = new RawDataCenter();
    await using proxy = new TestProxy({ dcPort: dc.port, toml });
    await using silent = await RawClient.open(proxy.port, 'ee');
    await dc.next();
    await using sending = await RawClient.open(proxy.port, 'ee');
    const receives = await dc.next();
    await using receiving = await RawClient.open(proxy.port, 'ee');
    const sends = await dc.next();
    const traffic = setInterval(() => {
      void sending.send(TICK);
      void sends.send(TICK);
    }, 100);
    await silent.peer.end();
    // One more silent session's life, so that each of the others outlasts the limit twice.
    await using second = await RawClient.open(proxy.port, 'ee');
    await second.peer.end();
    expect(proxy.ledger.outcomes.idle).toBe(2);
    expect(proxy.ledger.relaying).toBe(2);
    expect(sending.received).toBe(0);
    expect(receives.received).toBeGreaterThan(0);
    expect(sends.received).toBe(0);
    expect(receiving.received).toBeGreaterThan(0);

    clearInterval(traffic);
    await expectLimit(() => Promise.race([sending.peer.end(), receiving.peer.end()]));
    await Promise.all([sending.peer.end(), receiving.peer.end()]);
    await expectSettled(proxy);
    expect(proxy.ledger.outcomes.idle).toBe(4);
  }, 15_000);
});

describe.concurrent('before the relay', () => {
  test('a client that says nothing is closed after the first-byte limit', async () => {
    await using proxy = new TestProxy({ toml: limits({ firstByte: '"1s"' }) });
    const client = await RawPeer.connect(proxy.port);
    await expectLimit(() => client.end());
    expect(client.seen).toEqual(['fin']);
    await expectSettled(proxy);
    expect(proxy.ledger.outcomes.silent).toBe(1);
    client.close();
  });

  test.each([
    ['a bare header', systemRandom(63).fill(0xaa, 0, 10)],
    ['a hello', signedHello().subarray(0, 200)],
  ])('%s that stops half-way goes to the site after the handshake limit, whole', async (_name, part) => {
    using site = new RawListener();
    await using proxy = new TestProxy({ sitePort: site.port, toml: limits({ handshake: '"1s"' }) });
    await using client = await RawPeer.connect(proxy.port);
    const begun = part.subarray(0, 40);
    let sent = begun.length;
    await client.write(begun);
    const isStranger = (visitor: RawPeer) => visitor.startsWith(begun); // the proxy itself asks the site too
    // A byte at a time does not move the limit.
    const trickle = setInterval(() => void client.write(part.subarray(sent, ++sent)), 100);
    await expectLimit(() => site.find(isStranger, 'the stranger at the site'));
    clearInterval(trickle);
    const peer = await site.find((visitor) => isStranger(visitor) && visitor.received === sent, 'all of it');
    expect(hex(peer.bytes)).toBe(hex(part.subarray(0, sent)));
    expect(proxy.ledger.strangers.truncated).toBe(1);
    await peer.write(utf8('400'));
    peer.close();
    expect(await client.end()).toBe('fin');
    expect(client.bytes).toEqual(utf8('400'));
    client.close();
    await expectSettled(proxy);
    expect(proxy.ledger.outcomes.masked).toBe(1);
  });

  test('after the flight the header may take the first-byte limit', async () => {
    await using proxy = new TestProxy({ toml: limits({ firstByte: '"1s"', handshake: '"100ms"' }) });
    await using client = await connectToFlight(proxy.port);
    await expectLimit(() => client.end());
    await expectSettled(proxy);
    expect(proxy.ledger.outcomes.stalled).toBe(1);
  });

  test('a header that has begun must be over within the handshake limit', async () => {
    await using proxy = new TestProxy({ toml: limits({ handshake: '"1s"' }) });
    await using client = await connectToFlight(proxy.port);
    await client.write(CHANGE_CIPHER_SPEC); // is not yet the header
    await client.write(Uint8Array.of(0x17, 3, 3, 0, 64, ...systemRandom(40)));
    await expectLimit(() => client.end());
    await expectSettled(proxy);
    expect(proxy.ledger.outcomes.stalled).toBe(1);
  });

  test('a client that ends before its message is complete is a stranger; one without a byte is not', async () => {
    using site = new RawListener();
    await using proxy = new TestProxy({ sitePort: site.port });
    await using silent = await RawPeer.connect(proxy.port);
    silent.finish();
    expect(await silent.end()).toBe('fin');
    await using client = await RawPeer.connect(proxy.port);
    const part = signedHello().subarray(0, 100);
    await client.write(part);
    client.finish();
    const peer = await site.find((visitor) => visitor.hasFin && visitor.startsWith(part), 'the FIN at the site');
    expect(peer.received).toBe(part.length);
    peer.close();
    await expectSettled(proxy);
    expect(proxy.ledger.strangers.truncated).toBe(1);
    expect(proxy.ledger.outcomes).toMatchObject({ left: 1, masked: 1 });
  });
});
