import { afterAll, expect, test } from 'bun:test';
import { TlsSite } from '../../test/support/origin-site.ts';
import { CLOSED_PORT } from '../../test/support/proxy.ts';
import { load } from '../config/load-fixture.ts';
import { systemRandom } from '../kit/random.ts';
import { siteGroups } from './site.ts';

const site = new TlsSite('a.example.org');
afterAll(() => site[Symbol.dispose]());

const ADDRESSES: Record<string, string[]> = { 'a.example.org': ['127.0.0.1'], 'b.example.org': ['192.0.2.9'] };

function examine(toml: string) {
  return siteGroups(load({ toml }), {
    resolve: async (name) => ADDRESSES[name] ?? Promise.reject(new Error('no such name')),
    ownAddresses: [],
    publicHost: '',
    random: systemRandom,
    signal: AbortSignal.timeout(8_000),
    now: Date.now(),
  });
}

test('every domain is looked at where its site is', async () => {
  const targets = `"a.example.org" = "127.0.0.1:${site.port}"\n"b.example.org" = "127.0.0.1:${CLOSED_PORT}"`;
  const groups = await examine(`[tls]\ndomain = ["a.example.org", "b.example.org"]\n[mask.targets]\n${targets}`);
  expect(groups.map(({ title }) => title)).toEqual(['Fronted site a.example.org', 'Fronted site b.example.org']);
  const verdicts = groups.map(({ findings }) => findings.map(({ check, verdict }) => `${check} ${verdict}`));
  expect(verdicts[0]).toEqual([
    'name ok',
    'dns warning',
    'tls ok',
    'group ok',
    'flight ok',
    'names ok',
    'certificate warning',
  ]);
  expect(verdicts[1]).toEqual(['name ok', 'dns warning', 'tls failed', 'certificate failed']);
});

test.each([
  ['by its name', `[mask]\nport = 8443`],
  ['by its address', `[mask]\nhost = "127.0.0.1"\nport = 8443`],
])('a site that is Petrel itself, %s, is told as a circle', async (_name, mask) => {
  const [group] = await examine(`port = 8443\n[tls]\ndomain = "a.example.org"\n${mask}`);
  expect(group?.findings).toEqual([
    {
      check: 'site',
      verdict: 'failed',
      seen: expect.stringContaining("is Petrel's own port: a stranger would be led in a circle"),
      advice: expect.stringContaining('mask.host'),
    },
  ]);
});

test('with masking off there is no site, and that is a warning; without fake TLS nothing is said', async () => {
  const [group] = await examine('[mask]\nenabled = false');
  expect(group?.findings.map(({ check, verdict }) => [check, verdict])).toEqual([['masking', 'warning']]);
  expect(await examine('[modes]\ntls = false')).toEqual([]);
});
