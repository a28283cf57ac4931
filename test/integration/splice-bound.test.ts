import { expect, test } from 'bun:test';
import { utf8 } from '../../src/kit/bytes.ts';
import { RecordingSite } from '../support/origin-site.ts';
import { expectSettled, TestProxy, until } from '../support/proxy.ts';
import { RawPeer } from '../support/raw-peer.ts';

const MAX_SESSIONS = 8; // of which a quarter, two, may be strangers

test('one splice too many closes the one that was idle longest, and the others go on', async () => {
  using site = new RecordingSite();
  await using proxy = new TestProxy({ sitePort: site.port, toml: `[limits]\nmax_connections = ${MAX_SESSIONS}` });
  const visit = async (name: string) => {
    const client = await RawPeer.connect(proxy.port);
    await client.write(utf8(`GET /${name} HTTP/1.1\r\n\r\n`));
    return { client, site: await site.visitor(utf8(`GET /${name} HTTP/1.1\r\n\r\n`)) };
  };
  const idle = await visit('idle');
  const busy = await visit('busy');
  // Both have been quiet for a while when the busy one moves again.
  const [first, second] = [...proxy.daemon.plane.sessions.all];
  await until(() => (first?.quietSweeps ?? 0) > 1 && (second?.quietSweeps ?? 0) > 1, 'both are quiet');
  await busy.client.write(utf8('more'));
  await until(() => busy.site.bytes.length === 'GET /busy HTTP/1.1\r\n\r\nmore'.length, 'the busy one moves');
  await until(() => (second?.quietSweeps ?? 9) < (first?.quietSweeps ?? 0), 'the sweep has seen it');

  const third = await visit('third');
  expect(await idle.client.end()).toBe('fin');
  expect(await idle.site.end()).toBe('fin');
  expect(proxy.ledger.splicing).toBe(2);
  await busy.site.write(utf8('answer'));
  await third.site.write(utf8('answer'));
  await until(() => busy.client.received === 6 && third.client.received === 6, 'the others are served');

  for (const { client, site } of [idle, busy, third]) {
    client.reset();
    site.reset();
  }
  await expectSettled(proxy);
});
