import { expect, test } from 'bun:test';
import { expectDescriptors, openDescriptors } from '../support/descriptors.ts';
import { expectSettled, TestProxy, until } from '../support/proxy.ts';
import { RawClient } from '../support/raw-client.ts';
import { RawDataCenter } from '../support/raw-data-center.ts';
import { RawListener, RawPeer } from '../support/raw-peer.ts';

/** A fault of ours at the moment when the other side has been dialled and nothing is relayed yet. */
function failAtRelay(): never {
  throw new Error('injected');
}

test('a fault between dialling and relaying closes the data centre’s side too', async () => {
  using dc = new RawDataCenter();
  await using proxy = new TestProxy({ dcPort: dc.port, toml: '[telegram]\npool_size = 0' });
  const before = openDescriptors();
  proxy.daemon.plane.governor.ruleOf = failAtRelay;
  await using client = await RawClient.open(proxy.port, 'dd');
  await until(() => dc.listener.peers.length > 0, 'the data centre was dialled');
  await dc.listener.peers[0]?.end();
  await client.peer.end();
  await expectSettled(proxy);
  expect(proxy.logged('a fault of ours')).toHaveLength(1);
  client.peer.close();
  dc.listener.peers[0]?.close();
  await expectDescriptors(before);
});

test('a fault before a splice closes the site’s side too', async () => {
  using site = new RawListener();
  await using proxy = new TestProxy({ sitePort: site.port, toml: '[telegram]\npool_size = 0' });
  Object.defineProperty(proxy.ledger, 'splicing', { set: failAtRelay, get: () => 0 });
  await using stranger = await RawPeer.connect(proxy.port);
  await stranger.write(new TextEncoder().encode('GET / HTTP/1.1\r\n\r\n'));
  await until(() => site.peers.length === 1, 'the site was dialled');
  await site.peers[0]?.end();
  await stranger.end();
  await expectSettled(proxy);
});
