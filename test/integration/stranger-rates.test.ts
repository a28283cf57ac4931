import { expect, test } from 'bun:test';
import { utf8 } from '../../src/kit/bytes.ts';
import { expectSettled, TestProxy } from '../support/proxy.ts';
import { RawListener, RawPeer } from '../support/raw-peer.ts';

const MB = 1024 * 1024;
const REQUEST = utf8('GET /file HTTP/1.1\r\n\r\n');
/** What one network moves at full speed, and what buffers on the way may add. */
const BURST_BYTES = 64 * MB;
const ON_THE_WAY_BYTES = 8 * MB;
const FILE = new Uint8Array(80 * MB);
const RATE = 4 * MB;
const TOML = '[mask]\nhost = "127.0.0.1"\nrate = ""\nrate_per_network = "4MB"';

function fileSite(): RawListener {
  return new RawListener((peer) => {
    peer.onBytes = () => void peer.write(FILE).then(() => peer.finish());
    peer.onFin = () => peer.close();
  });
}

async function fetchFrom(port: number, hostname?: string): Promise<RawPeer> {
  const stranger = await RawPeer.connect(port, hostname);
  stranger.onBytes = () => {};
  await stranger.write(REQUEST);
  return stranger;
}

test('a network that draws a long file gets a burst, then the rate, and the whole file; others are not slowed', async () => {
  using site = fileSite();
  await using proxy = new TestProxy({ toml: `${TOML}\nport = ${site.port}`, listen: ['127.0.0.1', '::1'] });
  const start = performance.now();
  const greedy = await fetchFrom(proxy.port);
  await greedy.until(({ received }) => received >= BURST_BYTES, 'the burst', 10_000);
  const burstMs = performance.now() - start;

  const visitor = await fetchFrom(proxy.port, '::1');
  await visitor.until(({ received }) => received >= BURST_BYTES / 2, 'half a burst', 10_000);
  const elapsed = (performance.now() - start - burstMs) / 1_000;
  expect(greedy.received).toBeLessThan(BURST_BYTES + ON_THE_WAY_BYTES + elapsed * RATE);
  visitor.reset();

  expect(await greedy.end(20_000)).toBe('fin');
  expect(greedy.received).toBe(FILE.length);
  expect(performance.now() - start).toBeGreaterThan((1_000 * (FILE.length - BURST_BYTES - ON_THE_WAY_BYTES)) / RATE);
  greedy.close();
  await expectSettled(proxy);
  expect(proxy.ledger.strangerDownlinkBytes).toBeGreaterThan(FILE.length + BURST_BYTES / 2);
  expect(proxy.ledger.strangerUplinkBytes).toBe(2 * REQUEST.length);
}, 60_000);
