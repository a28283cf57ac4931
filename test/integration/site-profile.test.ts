import { describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectOneFlight, helloOf, learned, traits } from '../support/flight-checks.ts';
import { type FlightView, viewOf, visitWith } from '../support/flight-view.ts';
import { hasNginx, type NginxSetup, NginxSite } from '../support/nginx.ts';
import { DOMAIN, TestProxy, until } from '../support/proxy.ts';

describe.skipIf(!hasNginx)('a site that Telegram clients do not fit', () => {
  const cases: [string, NginxSetup, string][] = [
    [
      'wants another group',
      { server: 'ssl_ecdh_curve secp384r1;' },
      'it answers HelloRetryRequest to the key shares of Telegram clients; allow X25519 at the site, or front another domain',
    ],
    [
      'speaks TLS 1.2 only',
      { server: 'ssl_protocols TLSv1.2;' },
      'it does not speak TLS 1.3; front a site with TLS 1.3',
    ],
  ];
  test.each(cases)('%s: it is told once, and clients are served all the same', async (_name, setup, reason) => {
    await using site = await NginxSite.start(setup);
    await using proxy = new TestProxy({ sitePort: site.port, asksSites: true });
    await until(() => warnings(proxy).length > 0, 'a warning');
    await expectDefaultFlight(proxy);
    expect(warnings(proxy)).toEqual([`the fronted site cannot be imitated (${DOMAIN}: ${reason})`]);
  });
});

test('a site that cannot be reached is told once, and clients are served all the same', async () => {
  await using proxy = new TestProxy({ asksSites: true });
  await until(() => warnings(proxy).length > 0, 'a warning');
  await expectDefaultFlight(proxy);
  expect(warnings(proxy)).toEqual([`the fronted site cannot be reached (${DOMAIN}: refused or unreachable)`]);
});

/** About the fronted site only. */
function warnings(proxy: TestProxy) {
  const lines = proxy.logLines.filter(({ level, message }) => level === 'warn' && message.includes('site'));
  return lines.map(({ message }) => message);
}

/** Present-day TLS 1.3, and the same length each time. */
async function expectDefaultFlight(proxy: TestProxy): Promise<void> {
  const views: FlightView[] = [];
  for (let turn = 0; turn < 3; turn++) {
    const hello = helloOf({});
    const visit = await visitWith(proxy.port, hello);
    expectOneFlight(visit, hello);
    views.push(viewOf(visit.bytes));
  }
  const [first] = views;
  expect(first).toMatchObject({ sequence: '16 14 17', cipher: '1301', group: '11ec', extensions: '002b 0033' });
  expect(views.map(({ total }) => total)).toEqual(views.map(() => first?.total ?? 0));
}

describe.skipIf(!hasNginx)('a learned flight', () => {
  test('outlives a restart while the site is gone', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'petrel-profiles-'));
    try {
      await using site = await NginxSite.start({ key: 'rsa', server: 'ssl_prefer_server_ciphers on;' });
      const hello = helloOf({ alpn: ['http/1.1'] });
      const theirs = viewOf((await visitWith(site.port, hello)).bytes);
      {
        await using proxy = new TestProxy({ sitePort: site.port, asksSites: true, dataDir });
        await learned(proxy);
      }
      await site.stop();
      await using again = new TestProxy({ sitePort: site.port, asksSites: true, dataDir });
      await until(() => again.logged('cannot be reached').length > 0, 'the site is gone');
      const ours = viewOf((await visitWith(again.port, hello)).bytes);
      expect({ ...traits(ours), total: ours.total }).toEqual({ ...traits(theirs), total: theirs.total });
    } finally {
      rmSync(dataDir, { recursive: true, force: true });
    }
  }, 15_000);

  test('is learned anew when masking comes back, as the site is then', async () => {
    await using site = await NginxSite.start({ key: 'rsa' });
    const log = '[log]\nlevel = "debug"'; // a reload takes the level from the file
    await using proxy = new TestProxy({ sitePort: site.port, asksSites: true, toml: log });
    await learned(proxy);
    const before = viewOf((await visitWith(proxy.port, helloOf({}))).bytes).total;
    await site.restart({ key: 'rsa', organization: 'A certificate that is longer than the one before' });
    proxy.reload({ toml: `${log}\n[mask]\nenabled = false` });
    proxy.reload({});
    await learned(proxy, 2);
    const hello = helloOf({});
    const theirs = viewOf((await visitWith(site.port, hello)).bytes).total;
    const ours = viewOf((await visitWith(proxy.port, hello)).bytes).total;
    expect(ours).toBe(theirs);
    expect(ours).toBeGreaterThan(before);
  }, 20_000);
});
