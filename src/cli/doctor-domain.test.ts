import { afterAll, expect, test } from 'bun:test';
import { createServer } from 'node:tls';
import { hasNginx, NginxSite } from '../../test/support/nginx.ts';
import { TlsSite } from '../../test/support/origin-site.ts';
import type { DomainReport } from '../front/domain-check.ts';
import type { Verdict } from '../kit/finding.ts';
import { UsageError } from './command.ts';
import { doctor } from './doctor.ts';
import { TestTerminal } from './test-terminal.ts';

const DOMAIN = 'front.example.org';
const LIMIT_MS = 15_000;
const PLACES: Record<string, string[]> = { [DOMAIN]: ['203.0.113.7'], 'outside.example.org': ['203.0.113.7'] };
const resolve = async (name: string) => PLACES[name] ?? ['198.51.100.1'];
const nowhere = () => Promise.reject(new Error('no such name'));

const site = new TlsSite(DOMAIN);
const silent = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } });
const plain = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response('plain HTTP') });
const old = createServer({ ...site.certificate, maxVersion: 'TLSv1.2' });
await new Promise<void>((listening) => old.listen(0, '127.0.0.1', listening));
afterAll(() => {
  site[Symbol.dispose]();
  silent.stop(true);
  void plain.stop(true);
  old.close();
});

type Options = { domain?: string; resolve?: (name: string) => Promise<string[]>; env?: Record<string, string> };

async function examine(port: number, { domain = DOMAIN, resolve: ask = resolve, env = {} }: Options = {}) {
  const terminal = new TestTerminal({}, env);
  const code = await doctor({ domain, site: `127.0.0.1:${port}`, json: true, flags: {} }, terminal, { resolve: ask });
  const report = JSON.parse(terminal.written) as DomainReport;
  const verdicts = Object.fromEntries(report.findings.map(({ check, verdict }) => [check, verdict]));
  const seen = (check: string) => report.findings.find((finding) => finding.check === check)?.seen;
  return { code, report, verdicts, seen };
}

function portOfOld(): number {
  const address = old.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

test.concurrent('a present-day site: fit, its profile shown, a self-signed certificate warned of', async () => {
  const { code, report, verdicts, seen } = await examine(site.port);
  expect(code).toBe(0);
  expect(verdicts).toEqual({
    name: 'ok',
    dns: 'warning',
    tls: 'ok',
    group: 'ok',
    flight: 'ok',
    names: 'ok',
    certificate: 'warning',
  });
  expect(Object.keys(report)).toEqual(['domain', 'findings', 'profile', 'canBeFronted']);
  expect(report.profile).toMatchObject({ domain: DOMAIN, bothShares: 0x11ec });
  expect(seen('certificate')).toContain('SELF_SIGNED');
});

test.concurrent('a certificate for another name is told', async () => {
  const { seen } = await examine(site.port, { domain: 'other.example.org' });
  expect(seen('certificate')).toContain('another name');
});

test.concurrent('a name without an address is a warning of its own', async () => {
  const { code, verdicts } = await examine(site.port, { resolve: nowhere });
  expect(code).toBe(0);
  expect(verdicts['name']).toBe('warning');
});

test.concurrent.each<[string, Verdict]>([
  ['203.0.113.7', 'ok'],
  ['outside.example.org', 'ok'],
  ['elsewhere.example.org', 'warning'],
])('with public_host %s DNS is %s', async (publicHost, verdict) => {
  const { verdicts } = await examine(site.port, { env: { PETREL_PUBLIC_HOST: publicHost } });
  expect(verdicts['dns']).toBe(verdict);
});

test.concurrent('a site that speaks TLS 1.2 only cannot be fronted, whatever its certificate', async () => {
  const { code, verdicts, seen } = await examine(portOfOld());
  expect(code).toBe(1);
  expect(verdicts).toMatchObject({ name: 'ok', tls: 'failed', certificate: 'warning' });
  expect(seen('tls')).toContain('TLS 1.3');
});

test.concurrent.each([
  ['nobody listens', () => 1, 'cannot be reached'],
  ['plain HTTP', () => plain.port ?? 0, 'not TLS'],
  ['a server that says nothing', () => silent.port, 'no answer'],
])(
  '%s: each check fails with its reason, in bounded time',
  async (_name, port, reason) => {
    const { code, report, verdicts, seen } = await examine(port());
    expect(code).toBe(1);
    expect(verdicts).toMatchObject({ name: 'ok', tls: 'failed', certificate: 'failed' });
    expect(seen('tls')).toContain(reason);
    expect(report.profile).toBeNull();
  },
  LIMIT_MS,
);

test.concurrent.skipIf(!hasNginx)(
  'nginx: several records are told, and that their total is matched',
  async () => {
    await using nginx = await NginxSite.start();
    const { code, report } = await examine(nginx.port);
    expect(code).toBe(0);
    expect(report.profile?.records).toHaveLength(4);
    expect(report.findings.find(({ check }) => check === 'flight')?.advice).toContain('the total is matched');
  },
  LIMIT_MS,
);

test.concurrent.skipIf(!hasNginx)(
  'nginx with another curve asks for a retry, which fails',
  async () => {
    await using nginx = await NginxSite.start({ server: 'ssl_ecdh_curve secp384r1;' });
    const { code, seen } = await examine(nginx.port);
    expect(code).toBe(1);
    expect(seen('tls')).toContain('HelloRetryRequest');
  },
  LIMIT_MS,
);

test.concurrent('the text fits 80 columns and ends with the answer; colour adds nothing but colour', async () => {
  const texts = [false, true].map(async (hasColour) => {
    const terminal = new TestTerminal({ hasColour });
    await doctor({ domain: DOMAIN, site: `127.0.0.1:${portOfOld()}`, json: false, flags: {} }, terminal, { resolve });
    return terminal.written;
  });
  const [plainText = '', coloured = ''] = await Promise.all(texts);
  const lines = plainText.trimEnd().split('\n');
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
  expect(lines.at(-1)).toBe(`${DOMAIN} cannot be fronted as it is.`);
  expect(plainText).not.toContain('\x1b');
  expect(coloured).toContain('\x1b[31mFAILED ');
  expect(Bun.stripANSI(coloured)).toBe(plainText);
});

test.concurrent('the text of a site that is fit shows its profile in 80 columns', async () => {
  const terminal = new TestTerminal();
  await doctor({ domain: DOMAIN, site: `127.0.0.1:${site.port}`, json: false, flags: {} }, terminal, { resolve });
  const lines = terminal.written.trimEnd().split('\n');
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
  expect(terminal.written).toContain('  group            X25519MLKEM768, else X25519\n');
  expect(lines.at(-1)).toBe(`${DOMAIN} can be fronted.`);
});

test.each([
  [{ domain: undefined, site: '127.0.0.1:443' }, 'give both'],
  [{ domain: 'localhost', site: undefined }, 'no host name'],
  [{ domain: DOMAIN, site: 'nonsense' }, 'HOST:PORT'],
])('wrong usage is refused: %p', async (options, reason) => {
  const refusal = await doctor({ ...options, json: false, flags: {} }, new TestTerminal(), { resolve }).catch((e) => e);
  expect(refusal).toBeInstanceOf(UsageError);
  expect(String(refusal)).toContain(reason);
});
