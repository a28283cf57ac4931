import { describe, expect, test } from 'bun:test';
import { SimulatedClient } from '../../src/demo/client/simulated-client.ts';
import { SimulatedDataCenter } from '../../src/demo/telegram/data-center.ts';
import { concat, utf8 } from '../../src/kit/bytes.ts';
import { systemRandom } from '../../src/kit/random.ts';
import type { SecretKind } from '../../src/wire/secret.ts';
import { expectDescriptors, openDescriptors } from '../support/descriptors.ts';
import { expectSettled, secretOf, TestProxy, until } from '../support/proxy.ts';
import { RawClient } from '../support/raw-client.ts';
import { RawDataCenter } from '../support/raw-data-center.ts';
import { sessionTotals } from '../support/session-totals.ts';
import { SilentListener } from '../support/silent-listener.ts';

const QUESTION = utf8('a question');
const ANSWER = utf8('an answer of another length');
const LATE = utf8('and something after the FIN of the other side');
const KINDS: SecretKind[] = ['plain', 'dd', 'ee'];

/** A proxy, a session through it and both ends of that, everything in the test's hands. */
async function join(kind: SecretKind, toml = '') {
  const dc = new RawDataCenter();
  const proxy = new TestProxy({ dcPort: dc.port, toml });
  const client = await RawClient.open(proxy.port, kind);
  const side = await dc.next();
  return {
    proxy,
    client,
    side,
    async [Symbol.asyncDispose]() {
      client.peer.close();
      dc.stop();
      await proxy.stop();
    },
  };
}

describe.each(KINDS)('a %s session', (kind) => {
  test('passes half a close from the client on, and what the DC says after it', async () => {
    await using all = await join(kind);
    const { proxy, client, side } = all;
    await client.send(QUESTION);
    client.peer.finish();
    await side.peer.until((peer) => peer.hasFin, 'the FIN at the DC');
    expect(side.bytes).toEqual(QUESTION);
    expect(proxy.daemon.plane.sessions.size).toBe(1);

    await side.send(ANSWER);
    await until(() => client.received === ANSWER.length, 'the answer');
    await side.send(LATE);
    side.peer.close();
    expect(await client.peer.end()).toBe('fin');
    expect(client.bytes).toEqual(concat(ANSWER, LATE));
    await expectSettled(proxy);
    expect(proxy.ledger.outcomes.served).toBe(1);
  });

  test('passes half a close from the DC on, and what the client says after it', async () => {
    await using all = await join(kind);
    const { proxy, client, side } = all;
    await client.send(QUESTION);
    await until(() => side.received === QUESTION.length, 'the question');
    await side.send(ANSWER);
    side.peer.finish();
    expect(await client.peer.end()).toBe('fin');
    expect(client.bytes).toEqual(ANSWER);
    expect(proxy.daemon.plane.sessions.size).toBe(1);

    await client.send(LATE);
    await until(() => side.received === QUESTION.length + LATE.length, 'the late bytes');
    client.peer.close();
    expect(await side.peer.end()).toBe('fin');
    await expectSettled(proxy);
    expect(proxy.ledger.outcomes.served).toBe(1);
  });

  test('passes the FIN on only after every byte', async () => {
    await using all = await join(kind);
    const { proxy, client, side } = all;
    // More than lies in the kernel between proxy and sink, less than the whole way holds: the FIN waits behind a remainder.
    const sent = systemRandom(400_000);
    side.peer.pause();
    const asked = client.send(sent).then(() => client.peer.finish());
    await until(() => proxy.ledger.uplinkBytes > 0, 'the first bytes');
    side.peer.resume();
    await asked;
    expect(await side.peer.end()).toBe('fin');
    expect(Bun.deepEquals(side.bytes, sent)).toBe(true);
    expect(side.peer.seen).toEqual(['bytes', 'fin']);

    client.peer.pause();
    const answered = side.send(sent).then(() => side.peer.close());
    await until(() => proxy.ledger.downlinkBytes > 0, 'the first bytes back');
    client.peer.resume();
    await answered;
    expect(await client.peer.end()).toBe('fin');
    expect(Bun.deepEquals(client.bytes, sent)).toBe(true);
    await expectSettled(proxy);
  });

  test('passes a reset by the client on as a reset', async () => {
    await using all = await join(kind);
    const { proxy, client, side } = all;
    await client.send(QUESTION);
    await until(() => side.received === QUESTION.length, 'the question');
    client.peer.reset();
    expect(await side.peer.end()).toBe('reset');
    expect(side.peer.seen).toEqual(['bytes', 'reset']);
    await expectSettled(proxy);
    expect(proxy.ledger.outcomes.reset).toBe(1);
  });

  test('passes a reset by the DC on as a reset', async () => {
    await using all = await join(kind);
    const { proxy, client, side } = all;
    await side.send(ANSWER);
    await until(() => client.received === ANSWER.length, 'the answer');
    side.peer.reset();
    expect(await client.peer.end()).toBe('reset');
    expect(client.peer.seen).not.toContain('fin');
    await expectSettled(proxy);
    expect(proxy.ledger.outcomes.reset).toBe(1);
  });

  test('shows a reset to a client as apps see it, and a close as a close', async () => {
    const dc = SimulatedDataCenter.start();
    await using proxy = new TestProxy({ dcPort: dc.port });
    for (const [ask, reason] of [['reset', 'reset'] as const, ['close', 'closed'] as const]) {
      const client = await SimulatedClient.connect({ host: '127.0.0.1', port: proxy.port, secret: secretOf(kind) });
      expect(await client.echo(QUESTION)).toEqual(QUESTION);
      client.ask(ask);
      expect(await client.ended).toBe(reason);
    }
    await expectSettled(proxy);
    expect(proxy.ledger.outcomes).toMatchObject({ reset: 1, served: 1 });
    dc.stop();
  });

  test('gives up dialling when its client resets', async () => {
    using silent = await SilentListener.start();
    const toml = '[telegram]\npool_size = 0\n[mask]\nenabled = false'; // no connections but those of sessions
    await using proxy = new TestProxy({ dcs: { 203: `127.0.0.1:${silent.port}` }, toml });
    const before = openDescriptors();
    const client = await RawClient.open(proxy.port, kind, { dc: 203 });
    await until(() => openDescriptors() >= before + 3, 'both ends of the client and the dialling');
    client.peer.reset();
    await expectSettled(proxy);
    await expectDescriptors(before);
    expect(proxy.ledger.outcomes.left).toBe(1);
    expect(sessionTotals(proxy.ledger.dataCenters).sessionFailures).toBe(0);
  });
});

test.each([
  ['an alert', [0x15, 3, 3, 0, 2, 1, 0]],
  ['a handshake record', [0x16, 3, 3, 0, 1, 0]],
  ['a record of another version', [0x17, 3, 1, 0, 1, 0]],
  ['a record longer than TLS allows', [0x17, 3, 3, 0x41, 0x01, 0]],
  ['no record', [...utf8('GET / HTTP/1.1\r\n\r\n')]],
])('%s after the handshake ends the session', async (_name, record) => {
  await using all = await join('ee');
  const { proxy, client, side } = all;
  await client.send(QUESTION);
  await until(() => side.received === QUESTION.length, 'the question');
  await client.peer.write(Uint8Array.from(record));
  await client.peer.end();
  await side.peer.end();
  await expectSettled(proxy);
  expect(proxy.ledger.outcomes.violation).toBe(1);
  expect(side.bytes).toEqual(QUESTION);
  expect(client.received).toBe(0);
});

test('a change-cipher-spec and empty records in the middle of the stream are skipped', async () => {
  await using all = await join('ee');
  const { client, side } = all;
  await client.send(QUESTION);
  await client.peer.write(Uint8Array.of(0x14, 3, 3, 0, 1, 1, 0x17, 3, 3, 0, 0));
  await client.send(LATE);
  await until(() => side.received === QUESTION.length + LATE.length, 'both messages');
});
