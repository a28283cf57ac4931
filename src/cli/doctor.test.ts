import { afterAll, expect, test } from 'bun:test';
import { TlsSite } from '../../test/support/origin-site.ts';
import type { DomainReport } from '../front/domain-check.ts';
import { UsageError } from './command.ts';
import { doctor } from './doctor.ts';
import { TestTerminal } from './test-terminal.ts';

const DOMAIN = 'front.example.org';
const here = async () => ['127.0.0.1'];
const nowhere = () => Promise.reject(new Error('no such name'));

const site = new TlsSite(DOMAIN);
const silent = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } });
const plain = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response('plain HTTP') });
afterAll(() => {
  site[Symbol.dispose]();
  silent.stop(true);
  void plain.stop(true);
});

async function examine(port: number, options: { domain?: string; resolve?: () => Promise<string[]> } = {}) {
  const terminal = new TestTerminal();
  const { domain = DOMAIN, resolve = here } = options;
  const code = await doctor({ domain, site: `127.0.0.1:${port}`, json: true, flags: {} }, terminal, resolve);
  const report = JSON.parse(terminal.written) as DomainReport;
  const verdicts = Object.fromEntries(report.findings.map(({ check, verdict }) => [check, verdict]));
  return { code, report, verdicts };
}

test('a present-day site: fit, its profile shown, a self-signed certificate warned of', async () => {
  const { code, report, verdicts } = await examine(site.port);
  expect(code).toBe(0);
  expect(verdicts).toEqual({
    name: 'ok',
    dns: 'warning',
    tls: 'ok',
    group: 'ok',
    flight: 'ok',
    certificate: 'warning',
  });
  expect(report.profile).toMatchObject({ domain: DOMAIN, bothShares: 0x11ec });
  expect(report.findings.find(({ check }) => check === 'certificate')?.seen).toContain('SELF_SIGNED');
});

test('a certificate for another name is told', async () => {
  const { report } = await examine(site.port, { domain: 'other.example.org' });
  expect(report.findings.find(({ check }) => check === 'certificate')?.seen).toContain('another name');
});

test('a name without an address is a warning of its own', async () => {
  const { code, verdicts } = await examine(site.port, { resolve: nowhere });
  expect(code).toBe(0);
  expect(verdicts['name']).toBe('warning');
});

test.each([
  ['nobody listens', () => 1, 'cannot be reached'],
  ['plain HTTP', () => plain.port ?? 0, 'not TLS'],
  ['a server that says nothing', () => silent.port, 'no answer'],
])(
  '%s: each check fails with its reason, in bounded time',
  async (_name, port, reason) => {
    const { code, report, verdicts } = await examine(port());
    expect(code).toBe(1);
    expect(verdicts).toMatchObject({ name: 'ok', tls: 'failed', certificate: 'failed' });
    expect(report.findings.find(({ check }) => check === 'tls')?.seen).toContain(reason);
    expect(report.profile).toBeNull();
  },
  15_000,
);

test('the text fits 80 columns and ends with the answer', async () => {
  const terminal = new TestTerminal();
  await doctor({ domain: DOMAIN, site: `127.0.0.1:${site.port}`, json: false, flags: {} }, terminal, here);
  const lines = terminal.written.trimEnd().split('\n');
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
  expect(lines.at(-1)).toBe(`${DOMAIN} can be fronted.`);
});

test.each([
  [{ domain: undefined, site: undefined }, 'not available yet'],
  [{ domain: 'localhost', site: undefined }, 'no host name'],
  [{ domain: DOMAIN, site: 'nonsense' }, 'HOST:PORT'],
])('wrong usage is refused: %p', (options, reason) => {
  const asked = doctor({ ...options, json: false, flags: {} }, new TestTerminal(), here);
  expect(asked).rejects.toThrow(UsageError);
  expect(asked).rejects.toThrow(reason);
});
