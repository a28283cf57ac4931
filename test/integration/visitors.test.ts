import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { helloRandom } from '../../src/wire/tls/client-hello.ts';
import { readServerFlight } from '../../src/wire/tls/server-flight.ts';
import { expectOneFlight, helloOf } from '../support/flight-checks.ts';
import { type Visit, viewOf, visitWith } from '../support/flight-view.ts';
import { restamped } from '../support/hellos.ts';
import { hasNginx, NginxSite, PAGE } from '../support/nginx.ts';
import { DOMAIN, expectSettled, secretOf, TestProxy } from '../support/proxy.ts';
import { converse, digestOf, hasCurl, visitWithCurl, visitWithOpenssl } from '../support/visitors.ts';

const KEEP_ALIVE_MS = 1_000;
const MEGABYTE = 1024 * 1024;

let site: NginxSite;
let proxy: TestProxy;

beforeAll(async () => {
  if (!hasNginx) return;
  site = await NginxSite.start({ key: 'rsa', server: `keepalive_timeout ${KEEP_ALIVE_MS}ms;` });
  proxy = new TestProxy({ sitePort: site.port });
});

afterAll(async () => {
  await proxy?.stop();
  await site?.[Symbol.asyncDispose]();
});

/** Visits the site directly and through the proxy, and checks that the latter really went there. */
async function bothWays<T>(visit: (port: number) => Promise<T>): Promise<{ direct: T; proxied: T }> {
  const direct = await visit(site.port);
  const before = proxy.ledger.outcomes.masked;
  const proxied = await visit(proxy.port);
  await expectSettled(proxy);
  expect(proxy.ledger.outcomes.masked).toBe(before + 1);
  return { direct, proxied };
}

describe.skipIf(!hasNginx)('openssl s_client', () => {
  test.each<[string, string[], string]>([
    ['TLS 1.3', ['-servername', DOMAIN], 'New, TLSv1.3, Cipher is TLS_AES_256_GCM_SHA384'],
    ['TLS 1.2', ['-servername', DOMAIN, '-tls1_2'], 'New, TLSv1.2, Cipher is ECDHE-RSA-AES256-GCM-SHA384'],
    ['TLS 1.1, which is refused', ['-servername', DOMAIN, '-tls1_1', '-cipher', 'ALL:@SECLEVEL=0'], 'alert'],
    ['another name', ['-servername', 'other.example.org'], 'New, TLSv1.3, Cipher is TLS_AES_256_GCM_SHA384'],
    ['no name', ['-noservername'], 'New, TLSv1.3, Cipher is TLS_AES_256_GCM_SHA384'],
    ['HTTP/2', ['-servername', DOMAIN, '-alpn', 'h2,http/1.1'], 'ALPN protocol: h2'],
    ['an unknown protocol', ['-servername', DOMAIN, '-alpn', 'gopher'], 'alert'],
    [
      'its own suite and group',
      ['-servername', DOMAIN, '-ciphersuites', 'TLS_CHACHA20_POLY1305_SHA256', '-groups', 'P-256'],
      'New, TLSv1.3, Cipher is TLS_CHACHA20_POLY1305_SHA256',
    ],
  ])('%s', async (_name, args, telling) => {
    const { direct, proxied } = await bothWays((port) => visitWithOpenssl(port, site.certificateFile, args));
    expect(proxied).toEqual(direct);
    expect(direct.lines.join('\n')).toContain(telling);
    const [certificateLine] = readFileSync(site.certificateFile, 'utf8').split('\n').slice(1);
    if (telling !== 'alert') expect(direct.lines).toContain(certificateLine ?? '');
  });
});

describe.skipIf(!hasNginx || !hasCurl)('curl', () => {
  test.each<[string, string[], string]>([
    ['HTTP/1.1', ['--http1.1'], 'HTTP/1.1 200 OK'],
    ['HTTP/2', ['--http2'], 'HTTP/2 200 '],
    ['HTTP/1.1 over TLS 1.2', ['--http1.1', '--tls-max', '1.2'], 'HTTP/1.1 200 OK'],
  ])('a page over %s', async (_name, args, status) => {
    const { direct, proxied } = await bothWays((port) => visitWithCurl(port, site.certificateFile, '/', args));
    expect(proxied).toEqual(direct);
    expect(direct).toMatchObject({ exitCode: 0, status, bodyDigest: digestOf(PAGE) });
    expect(direct.headers.join('\n').toLowerCase()).toContain('server: nginx/');
  });

  test.each(['--http1.1', '--http2'])('a megabyte there and back with %s', async (version) => {
    const body = Array.from({ length: MEGABYTE / 16 }, (_, line) => `line ${line}`.padEnd(16)).join('');
    const file = site.file('upload');
    writeFileSync(file, body);
    const args = [version, '--data-binary', `@${file}`, '--header', 'Expect:'];
    const { direct, proxied } = await bothWays((port) => visitWithCurl(port, site.certificateFile, '/echo', args));
    expect(proxied).toEqual(direct);
    expect(direct).toMatchObject({ exitCode: 0, bodyLength: MEGABYTE, bodyDigest: digestOf(body) });
  });

  test('HTTP without TLS', async () => {
    const visit = (port: number) => visitWithCurl(port, site.certificateFile, `http://${DOMAIN}/`);
    const { direct, proxied } = await bothWays(visit);
    expect(proxied).toEqual(direct);
    expect(direct).toMatchObject({ exitCode: 0, status: 'HTTP/1.1 400 Bad Request' });
  });
});

describe.skipIf(!hasNginx)('a connection that stays', () => {
  const conversation = (count: number, finishes: boolean) => (port: number) =>
    converse({ port, trusted: readFileSync(site.certificateFile, 'utf8'), count, finishes });

  test('is used again, and then closed by the site when it is tired of it', async () => {
    const { direct, proxied } = await bothWays(conversation(3, false));
    expect(proxied.events).toEqual(direct.events);
    expect(direct.events).toEqual([...Array(3).fill('HTTP/1.1 200 OK ... TLSv1.3 HTTP/1.1'), 'end', 'closed']);
    for (const { idleMs } of [direct, proxied]) expect(idleMs).toBeWithin(KEEP_ALIVE_MS - 100, KEEP_ALIVE_MS + 1_000);
  });

  test('still gets its answer after it has said that it is through', async () => {
    const { direct, proxied } = await bothWays(conversation(2, true));
    expect(proxied.events).toEqual(direct.events);
    expect(direct.events[0]).toBe('HTTP/1.1 200 OK ... TLSv1.3 HTTP/1.1');
  });
});

describe.skipIf(!hasNginx)('a recorded hello', () => {
  test.each<[string, (hello: Uint8Array) => Uint8Array, 'running' | 'restarted']>([
    ['as it was', (hello) => hello, 'running'],
    ['with another time', restamped, 'running'],
    ['as it was, after a restart', (hello) => hello, 'restarted'],
    ['with another time, after a restart', restamped, 'restarted'],
  ])('%s, is answered by the site', async (_name, change, state) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'petrel-replays-'));
    try {
      const hello = helloOf();
      const start = () => new TestProxy({ sitePort: site.port, dataDir });
      const first = start();
      await using _first = first;
      expectOneFlight(await visitWith(first.port, hello), hello);
      if (state === 'restarted') await first.stop();
      const replayed = change(hello);
      const again = state === 'restarted' ? start() : first;
      await using _again = again;
      const visit = await visitWith(again.port, replayed);
      expect(lookOf(visit)).toEqual(lookOf(await visitWith(site.port, replayed)));
      expect(readServerFlight(visit.bytes, secretOf('ee').key, helloRandom(replayed)).kind).toBe('reject');
    } finally {
      rmSync(dataDir, { recursive: true, force: true });
    }
  });
});

function lookOf({ bytes, end }: Visit) {
  return { ...viewOf(bytes), end };
}
