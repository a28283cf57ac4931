import { afterAll, beforeAll, expect, test } from 'bun:test';
import { dirname } from 'node:path';
import { askRunning } from '../../src/admin/control-client.ts';
import { health } from '../../src/cli/health.ts';
import { link } from '../../src/cli/link.ts';
import { status } from '../../src/cli/status.ts';
import { TestTerminal } from '../../src/cli/test-terminal.ts';
import { SimulatedClient } from '../../src/demo/client/simulated-client.ts';
import { SimulatedDataCenter } from '../../src/demo/telegram/data-center.ts';
import { secretOf, TestProxy, USER_KEY, until } from '../support/proxy.ts';
import { ProxyCrew } from '../support/workers.ts';

const ALICE = `[users.alice]\nsecret = "${USER_KEY}"\nmax_connections = 0\nrate = "200KB"`;
const DRAIN_MS = 20_000;
const WORDS = 'draining: 1 session left, no more are accepted';

let dc: SimulatedDataCenter;
beforeAll(() => {
  dc = SimulatedDataCenter.start();
});
afterAll(() => dc.stop());

test('during a drain all commands say that it drains', async () => {
  const proxy = new TestProxy({ dcPort: dc.port, users: ALICE });
  const client = await SimulatedClient.connect({ host: '127.0.0.1', port: proxy.port, secret: secretOf('dd') });
  void client.download(50_000_000).catch(() => {});
  await until(() => proxy.ledger.downlinkBytes > 0, 'bytes move');
  const cwd = dirname(proxy.dataDir);
  const stopped = proxy.stop(DRAIN_MS);

  const healthy = new TestTerminal({ cwd });
  expect(await health({}, healthy)).toBe(1);
  expect([healthy.written, healthy.errors]).toEqual(['', `petrel: not healthy: ${WORDS}\n`]);

  const shown = new TestTerminal({ cwd, columns: 200 });
  expect(await status({ watch: false, json: false, flags: {} }, shown)).toBe(0);
  expect(shown.written.split('\n')[0]).toContain(`${WORDS}: 127.0.0.1:${proxy.port}`);

  const linked = new TestTerminal({ cwd });
  const options = { user: undefined, svgFile: undefined, drawQr: false, flags: {} };
  expect(await link(options, linked, () => ({ users: [], usage: [] }))).toBe(0);
  expect(linked.written).toContain('Links of alice');
  expect(linked.errors).toBe(`petrel: the proxy is ${WORDS}\n`);

  client.close();
  await stopped;
  expect((await askRunning(proxy.dataDir)).kind).toBe('absent');
});

test('several workers drain as one', async () => {
  await using crew = await ProxyCrew.serving({ workers: 2, dcPort: dc.port, users: ALICE });
  const place = { host: '127.0.0.1', port: crew.port, secret: secretOf('dd') };
  const client = await SimulatedClient.connect(place);
  void client.download(50_000_000).catch(() => {});
  await crew.shows(({ ledger }) => ledger.downlinkBytes > 0, 'bytes move');
  const shown = crew.shows(({ isDraining }) => isDraining, 'it drains');
  crew.petrel.signal('SIGTERM');
  const { pause, ledger } = await shown;
  expect([pause === null || pause === 'workers', ledger.relaying <= 1]).toEqual([true, true]);
  expect(await crew.petrel.exited).toBe(0);
  client.close();
});
