import { afterEach, expect, setSystemTime, test } from 'bun:test';
import { CHANGE_CIPHER_SPEC } from '../../src/wire/tls/records.ts';
import { signedHello } from '../support/hellos.ts';
import { DOMAIN, expectSettled, TestProxy, USER_KEY, until } from '../support/proxy.ts';
import { RawClient } from '../support/raw-client.ts';
import { RawDataCenter } from '../support/raw-data-center.ts';
import { RawListener, RawPeer } from '../support/raw-peer.ts';

const HOUR_MS = 3_600_000;
const limits = (firstByte: string, handshake: string) =>
  `[limits]\nfirst_byte_timeout = "${firstByte}"\nhandshake_timeout = "${handshake}"`;

function stepClock(ms: number): void {
  setSystemTime(new Date(Date.now() + ms));
}

afterEach(() => {
  setSystemTime();
});

test('a wall clock that is set back delays no limit', async () => {
  using site = new RawListener();
  await using proxy = new TestProxy({ sitePort: site.port, toml: limits('1s', '1s') });
  await using half = await RawPeer.connect(proxy.port);
  await half.write(signedHello({ domain: DOMAIN, key: USER_KEY }).subarray(0, 100));
  await using silent = await RawPeer.connect(proxy.port);
  await until(() => proxy.ledger.open === 2, 'both are there');
  stepClock(-HOUR_MS);
  await until(() => site.peers.length === 1, 'the half hello goes to the site');
  expect(await silent.end()).toBe('fin');
  expect(proxy.ledger.outcomes.silent).toBe(1);
});

test('a wall clock that is set forward ends nobody early', async () => {
  using dc = new RawDataCenter();
  using site = new RawListener();
  await using proxy = new TestProxy({ dcPort: dc.port, sitePort: site.port, toml: limits('5m', '5m') });
  await using half = await RawPeer.connect(proxy.port);
  await half.write(CHANGE_CIPHER_SPEC.subarray(0, 1));
  await using silent = await RawPeer.connect(proxy.port);
  await using relayed = await RawClient.open(proxy.port, 'dd');
  await dc.next();
  await using tlsHalf = await RawPeer.connect(proxy.port);
  await tlsHalf.write(signedHello({ domain: DOMAIN, key: USER_KEY }).subarray(0, 100));
  await until(() => proxy.ledger.accepted === 4, 'all are there');
  stepClock(2 * HOUR_MS);
  // A session that comes afterwards and runs into its limit has been swept more than once.
  proxy.reload({ toml: limits('600ms', '5m') });
  await using late = await RawPeer.connect(proxy.port);
  expect(await late.end()).toBe('fin');
  expect(proxy.ledger.outcomes.silent).toBe(1);
  for (const peer of [silent, relayed.peer, tlsHalf]) expect(peer.seen).not.toContain('fin');
  expect(site.peers.length).toBeLessThanOrEqual(1); // the one byte that is no TLS has its own short limit
  expect(proxy.ledger.open).toBeGreaterThanOrEqual(3);
});

test('a user expires by the wall clock', async () => {
  using dc = new RawDataCenter();
  const expires = new Date(Date.now() + HOUR_MS).toISOString().slice(0, 19);
  await using proxy = new TestProxy({
    dcPort: dc.port,
    users: `[users.alice]\nsecret = "${USER_KEY}"\nexpires = "${expires}Z"`,
  });
  await using client = await RawClient.open(proxy.port, 'dd');
  await dc.next();
  stepClock(2 * HOUR_MS);
  expect(await client.peer.end()).toBe('fin');
  await expectSettled(proxy);
  expect(proxy.ledger.outcomes.cut).toBe(1);
});
