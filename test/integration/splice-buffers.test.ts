import { expect, test } from 'bun:test';
import type { MemoryReading } from '../../src/daemon/memory.ts';
import { SimulatedClient } from '../../src/demo/client/simulated-client.ts';
import { SimulatedDataCenter } from '../../src/demo/telegram/data-center.ts';
import { utf8 } from '../../src/kit/bytes.ts';
import { queuedBytes } from '../../src/net/socket-options.ts';
import type { Session } from '../../src/proxy/session-table.ts';
import { expectSettled, secretOf, TestProxy, until } from '../support/proxy.ts';
import { RawListener, RawPeer } from '../support/raw-peer.ts';

const KB = 1024;
const MB = 1024 * KB;
const REQUEST = utf8('GET /8mb HTTP/1.1\r\n\r\n');
const PAGE = new Uint8Array(8 * MB);
/** What a stranger that stalls may hold of the kernel's memory. */
const MOST_HELD_BYTES = 384 * KB;
/** Looks in a row at which nothing moves any more. */
const STILL_LOOKS = 20;

const NORMAL: MemoryReading = { place: 'cgroup', usedBytes: 10 * MB, limitBytes: 100 * MB };
const CRITICAL: MemoryReading = { ...NORMAL, usedBytes: 95 * MB };

/** A site that answers everybody with a long page. */
function pageSite(): RawListener {
  return new RawListener((peer) => {
    peer.onBytes = () => void peer.write(PAGE);
    peer.onFin = () => peer.close();
  });
}

async function stall(proxy: TestProxy): Promise<RawPeer> {
  const stranger = await RawPeer.connect(proxy.port);
  await stranger.write(REQUEST);
  stranger.pause();
  return stranger;
}

function heldBy({ client, far }: Session): number {
  const ends = far === null ? [client] : [client, far];
  return ends.reduce((sum, { fd }) => sum + queuedBytes(fd).receive + queuedBytes(fd).send, 0);
}

function held(proxy: TestProxy): number {
  return [...proxy.daemon.plane.sessions.all].reduce((sum, session) => sum + heldBy(session), 0);
}

/** Waits until what is held does not change any more. */
async function untilStill(proxy: TestProxy): Promise<number> {
  let [before, looks] = [0, 0];
  await until(() => {
    const now = held(proxy);
    looks = now === before && now > 0 ? looks + 1 : 0;
    before = now;
    return looks >= STILL_LOOKS;
  }, 'nothing moves any more');
  return before;
}

test('strangers that fetch a long page and do not read hold little, and all of it is charged', async () => {
  using site = pageSite();
  await using proxy = new TestProxy({ sitePort: site.port });
  const count = 60;
  const strangers = await Promise.all(Array.from({ length: count }, () => stall(proxy)));
  await until(() => proxy.ledger.splicing === count, 'all are spliced');
  const bytes = await untilStill(proxy);
  expect(bytes / count).toBeLessThan(MOST_HELD_BYTES);
  const { budget } = proxy.daemon.plane.governor;
  expect(budget.chargedBytes).toBeGreaterThan(0);
  expect(budget.chargedBytes).toBeLessThanOrEqual(budget.limitBytes / 4); // the rest is for users
  for (const stranger of strangers) stranger.reset();
  await expectSettled(proxy);
  expect(budget.chargedBytes).toBe(0);
});

test('critical: strangers that hold much go before users that were quiet for longer, at once and reset', async () => {
  using site = pageSite();
  const dc = SimulatedDataCenter.start();
  const memory = { now: NORMAL };
  await using proxy = new TestProxy({ sitePort: site.port, dcPort: dc.port, readMemory: () => memory.now });
  const { governor, sessions } = proxy.daemon.plane;
  const connect = () => SimulatedClient.connect({ host: '127.0.0.1', port: proxy.port, secret: secretOf('ee') });
  const users = await Promise.all(Array.from({ length: 10 }, connect));
  for (const user of users) await user.echo(REQUEST);
  await until(() => [...sessions.all].every(({ quietSweeps }) => quietSweeps >= 5), 'the users are quiet');

  const count = 20; // more than are closed at one look
  const strangers = await Promise.all(Array.from({ length: count }, () => stall(proxy)));
  await untilStill(proxy);
  memory.now = CRITICAL;
  await until(() => governor.closedIdle >= count, 'all strangers are closed');
  memory.now = NORMAL;
  expect(users.every((user) => user.isOpen)).toBe(true);
  for (const stranger of strangers) {
    stranger.resume();
    expect(await stranger.end()).toBe('reset');
  }
  for (const user of users) expect(await user.echo(REQUEST)).toEqual(REQUEST);
  for (const user of users) user.close();
  await expectSettled(proxy);
  expect(proxy.ledger.outcomes.memory).toBe(count);
  expect(governor.budget.chargedBytes).toBe(0);
  dc.stop();
});
