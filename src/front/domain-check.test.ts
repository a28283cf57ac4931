import { afterAll, expect, test } from 'bun:test';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { TlsSite } from '../../test/support/origin-site.ts';
import { ScriptedSite } from '../../test/support/scripted-site.ts';
import { equal, utf8 } from '../kit/bytes.ts';
import { systemRandom } from '../kit/random.ts';
import { checkDomain, type DomainCheckParts } from './domain-check.ts';

const DOMAIN = 'front.example.org';
const PREFACE = utf8('PROXY UNKNOWN\r\n');
const DAY_MS = 24 * 3_600_000;
/** Far more than the limits set below, far less than the checks' own. */
const SOON_MS = 2_000;

const site = new TlsSite(DOMAIN);
const servers: Server[] = [];
afterAll(() => {
  site[Symbol.dispose]();
  for (const server of servers) server.close();
});

/** Lets visitors through to the site: only with the PROXY header, which is taken off, or after a while. */
async function before({ wantsPreface = false, delayMs = 0 }): Promise<number> {
  const server = createServer((visitor) => {
    visitor.on('error', () => {});
    visitor.once('data', (first: Buffer) => {
      if (wantsPreface && !equal(first.subarray(0, PREFACE.length), PREFACE)) {
        visitor.destroy();
        return;
      }
      setTimeout(() => {
        const inside = connect(site.port, '127.0.0.1');
        inside.on('error', () => {});
        inside.write(first.subarray(wantsPreface ? PREFACE.length : 0));
        visitor.pipe(inside).pipe(visitor);
      }, delayMs);
    });
  });
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return (server.address() as AddressInfo).port;
}

const PARTS: DomainCheckParts = {
  resolve: async () => ['203.0.113.7'],
  ownAddresses: ['203.0.113.7'],
  publicHost: '',
  random: systemRandom,
  signal: new AbortController().signal,
  now: Date.now(),
};
const ALERT = Uint8Array.of(0x15, 3, 3, 0, 2, 2, 0x70);

function check(port: number, parts: Partial<DomainCheckParts> = {}, preface: Uint8Array | null = null) {
  return checkDomain(
    DOMAIN,
    { endpoint: { host: '127.0.0.1', port }, preface },
    { ...PARTS, now: Date.now(), ...parts },
  );
}

test.concurrent('a site that wants a PROXY header gets it in every check', async () => {
  const { findings, canBeFronted } = await check(await before({ wantsPreface: true }), {}, PREFACE);
  expect(findings.filter(({ verdict }) => verdict === 'failed')).toEqual([]);
  expect(findings.find(({ check }) => check === 'dns')?.verdict).toBe('ok');
  expect(canBeFronted).toBe(true);
});

test.concurrent("a site of somebody else's is told as what its traffic costs; one of our own is not", async () => {
  const local = { resolve: async () => ['127.0.0.1'] };
  const fronting = (parts: Partial<DomainCheckParts>) => {
    const address = { endpoint: { host: 'localhost', port: site.port }, preface: null };
    return checkDomain('localhost', address, { ...PARTS, ...local, ...parts }).then(({ findings }) =>
      findings.find(({ check }) => check === 'traffic'),
    );
  };
  const finding = await fronting({ ownAddresses: ['203.0.113.7'] });
  expect(finding).toMatchObject({ verdict: 'warning', seen: expect.stringContaining('your traffic') as string });
  expect(finding?.advice).toContain('mask.rate');
  expect(await fronting({ ownAddresses: ['127.0.0.1'] })).toBeUndefined();
  const { findings } = await check(site.port, { resolve: async () => ['203.0.113.9'] });
  expect(findings.find(({ check }) => check === 'traffic')).toBeUndefined(); // the site is on this machine
});

test.concurrent('what an unknown name gets is told', async () => {
  const names = (found: Awaited<ReturnType<typeof check>>) => found.findings.find(({ check }) => check === 'names');
  expect(names(await check(site.port))?.seen).toContain('answers names that it does not know');
  using refusing = new ScriptedSite(({ serverName }) => (serverName === DOMAIN ? null : ALERT));
  expect(names(await check(refusing.port, { signal: AbortSignal.timeout(1_000) }))?.seen).toContain('refuses names');
});

test.concurrent('a certificate that has run out says so', async () => {
  const { findings } = await check(site.port, { now: Date.now() + 3.5 * DAY_MS });
  expect(findings.find(({ check }) => check === 'certificate')?.seen).toContain('expired 3 days ago');
});

test.concurrent('the limit ends a name that never resolves and a site that never ends', async () => {
  const slow = await before({ delayMs: 300 });
  const begin = performance.now();
  const { findings, profile, canBeFronted } = await check(slow, {
    resolve: () => new Promise(() => {}),
    publicHost: 'outside.example.org',
    signal: AbortSignal.timeout(1_000),
  });
  expect(performance.now() - begin).toBeLessThan(1_000 + SOON_MS);
  expect(findings.find(({ check }) => check === 'name')?.seen).toContain('no answer in time');
  expect(findings.find(({ check }) => check === 'tls')?.verdict).toBe('failed');
  expect({ profile, canBeFronted }).toEqual({ profile: null, canBeFronted: false });
});

test.concurrent('a limit that is over before it begins asks nobody', async () => {
  const { findings } = await check(site.port, { signal: AbortSignal.abort() });
  expect(findings.map(({ check, verdict }) => [check, verdict])).toContainEqual(['certificate', 'failed']);
  expect(findings.find(({ check }) => check === 'tls')?.seen).toBe('given up');
});
