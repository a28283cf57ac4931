import { describe, expect, test } from 'bun:test';
import type { Opening } from '../../src/demo/client/options.ts';
import { SimulatedClient } from '../../src/demo/client/simulated-client.ts';
import { SimulatedDataCenter } from '../../src/demo/telegram/data-center.ts';
import type { SecretKind } from '../../src/wire/secret.ts';
import { expectSettled, secretOf, TestProxy } from '../support/proxy.ts';

const BULK_BYTES = 100 * 1024 * 1024;

describe.each([true, false])('fast mode %p', (fastMode) => {
  const toml = `[telegram]\nfast_mode = ${fastMode}`;

  test.each<[SecretKind, Opening]>([
    ['plain', 'apart'],
    ['plain', 'together'],
    ['dd', 'apart'],
    ['dd', 'together'],
    ['ee', 'together'],
    ['ee', 'apart'],
    ['ee', 'split'],
  ])('%s secret, opened %s: bytes come back unchanged', async (kind, opening) => {
    const dc = SimulatedDataCenter.start();
    await using proxy = new TestProxy({ dcPort: dc.port, toml });
    const client = await SimulatedClient.connect({
      host: '127.0.0.1',
      port: proxy.port,
      secret: secretOf(kind),
      opening,
    });
    for (const size of [4, 64, 1_000, 40_000, 300_000]) {
      const sent = crypto.getRandomValues(new Uint8Array(Math.min(size, 65_536)));
      expect(await client.echo(sent)).toEqual(sent);
    }
    client.close();
    await expectSettled(proxy);
    expect(proxy.ledger.outcomes.served).toBe(1);
    dc.stop();
  });

  test.each<SecretKind>(['plain', 'dd', 'ee'])('%s secret: 100 MB down and up arrive unchanged', async (kind) => {
    const dc = SimulatedDataCenter.start();
    await using proxy = new TestProxy({ dcPort: dc.port, toml });
    const client = await SimulatedClient.connect({ host: '127.0.0.1', port: proxy.port, secret: secretOf(kind) });
    await client.download(BULK_BYTES); // both reject when a byte differs
    await client.upload(BULK_BYTES);
    expect(client.bytesDown).toBeGreaterThanOrEqual(BULK_BYTES);
    client.close();
    await expectSettled(proxy);
    const [user] = proxy.daemon.snapshot().users;
    expect(user?.downlinkBytes).toBeGreaterThanOrEqual(BULK_BYTES);
    expect(user?.uplinkBytes).toBeGreaterThanOrEqual(BULK_BYTES);
    dc.stop();
  });
});
