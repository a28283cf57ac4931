import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { concat, fromHex, latin1, utf8 } from '../../src/kit/bytes.ts';
import { writeProxyHeader } from '../../src/wire/proxy-header.ts';
import { hasNginx, NginxSite } from '../support/nginx.ts';
import { RecordingSite } from '../support/origin-site.ts';
import { TestProxy, until } from '../support/proxy.ts';
import { RawPeer } from '../support/raw-peer.ts';

const folder = mkdtempSync(join(tmpdir(), 'petrel-visitor-'));
const UNIX = join(folder, 'petrel.sock');
const NGINX_PLAIN = join(folder, 'nginx.sock');
const NGINX_TLS = join(folder, 'nginx-tls.sock');
const REQUEST = utf8('GET /visitor HTTP/1.0\r\n\r\n');
const ENABLED = '[proxy_protocol]\nenabled = true';

const VISITOR = { ip: '203.0.113.7', port: 40_001 };
const BALANCER = { ip: '198.51.100.1', port: 443 };
const VISITOR6 = { ip: '2001:db8:1:2::7', port: 40_001 };
const BALANCER6 = { ip: '2001:db8::1', port: 8443 };
const NOBODY = { ip: '', port: 0 };

/** What a balancer says before a visitor's bytes. */
const TOLD = {
  'v1 TCP4': writeProxyHeader(1, VISITOR, BALANCER),
  'v1 TCP6': writeProxyHeader(1, VISITOR6, BALANCER6),
  'v1 TCP6, mapped visitor': writeProxyHeader(1, VISITOR, BALANCER6),
  'v1 TCP6, both mapped': utf8('PROXY TCP6 ::ffff:203.0.113.7 ::ffff:198.51.100.1 40001 443\r\n'),
  'v1 UNKNOWN': writeProxyHeader(1, NOBODY, NOBODY),
  'v2 TCP4': writeProxyHeader(2, VISITOR, BALANCER),
  'v2 TCP6': writeProxyHeader(2, VISITOR6, BALANCER6),
  'v2 TCP6, mapped balancer': writeProxyHeader(2, VISITOR6, BALANCER),
  'v2 LOCAL': writeProxyHeader(2, NOBODY, NOBODY),
  'v2 of a Unix socket': fromHex(`0d0a0d0a000d0a515549540a 21 31 00d8 ${'00'.repeat(216)}`.replaceAll(' ', '')),
} as const;

type Ends = readonly [source: string, sourcePort: number, destination: string, destinationPort: number];
const FOUR: Ends = [VISITOR.ip, VISITOR.port, BALANCER.ip, BALANCER.port];
const SIX: Ends = [VISITOR6.ip, VISITOR6.port, BALANCER6.ip, BALANCER6.port];

/** What the site is told then; null: what the socket itself tells. */
const EXPECTED: Readonly<Record<keyof typeof TOLD, Ends | null>> = {
  'v1 TCP4': FOUR,
  'v1 TCP6': SIX,
  'v1 TCP6, mapped visitor': [`::ffff:${VISITOR.ip}`, VISITOR.port, BALANCER6.ip, BALANCER6.port],
  'v1 TCP6, both mapped': FOUR,
  'v1 UNKNOWN': null,
  'v2 TCP4': FOUR,
  'v2 TCP6': SIX,
  'v2 TCP6, mapped balancer': [VISITOR6.ip, VISITOR6.port, `::ffff:${BALANCER.ip}`, BALANCER.port],
  'v2 LOCAL': null,
  'v2 of a Unix socket': null,
};

const NAMES = Object.keys(TOLD) as (keyof typeof TOLD)[];
const WAYS = (['TCP', 'Unix'] as const).flatMap((way) => NAMES.map((name) => [name, way] as const));

afterAll(() => rmSync(folder, { recursive: true }));

/** A proxy behind a balancer, on TCP and on a Unix socket. */
function start(mask: string, toml = ENABLED): TestProxy {
  return new TestProxy({ listen: ['127.0.0.1', `unix:${UNIX}`], toml: `${toml}\n[mask]\n${mask}` });
}

function connect(way: 'TCP' | 'Unix', proxy: TestProxy): Promise<RawPeer> {
  return way === 'TCP' ? RawPeer.connect(proxy.port) : RawPeer.connectUnix(UNIX);
}

/** The header that names these ends. */
function headerOf(version: 1 | 2, [source, sourcePort, destination, destinationPort]: Ends): Uint8Array {
  return writeProxyHeader(version, { ip: source, port: sourcePort }, { ip: destination, port: destinationPort });
}

describe.each([1, 2] as const)('the PROXY header to the site, version %d', (version) => {
  test.each(WAYS)('%s over %s', async (name, way) => {
    using site = new RecordingSite();
    await using proxy = start(`host = "127.0.0.1"\nport = ${site.port}\nproxy_protocol = ${version}`);
    await using client = await connect(way, proxy);
    await client.write(concat(TOLD[name], REQUEST));
    const own: Ends = ['127.0.0.1', client.localPort, '127.0.0.1', proxy.port];
    const nobody: Ends = ['', 0, '', 0];
    const expected = EXPECTED[name] ?? (way === 'TCP' ? own : nobody);
    await site.visitor(concat(headerOf(version, expected), REQUEST));
  });

  test('without a balancer: the visitor over TCP, nobody over a Unix socket', async () => {
    using site = new RecordingSite();
    await using proxy = start(`host = "127.0.0.1"\nport = ${site.port}\nproxy_protocol = ${version}`, '');
    await using direct = await connect('TCP', proxy);
    await using local = await connect('Unix', proxy);
    for (const client of [direct, local]) await client.write(REQUEST);
    await site.visitor(concat(headerOf(version, ['127.0.0.1', direct.localPort, '127.0.0.1', proxy.port]), REQUEST));
    await site.visitor(concat(headerOf(version, ['', 0, '', 0]), REQUEST));
  });
});

describe.skipIf(!hasNginx)('nginx as the site', () => {
  let nginx: NginxSite;
  beforeAll(async () => {
    const told = '$proxy_protocol_addr $proxy_protocol_port $proxy_protocol_server_addr $proxy_protocol_server_port';
    const listen = `listen unix:${NGINX_PLAIN} proxy_protocol; listen unix:${NGINX_TLS} ssl proxy_protocol;`;
    nginx = await NginxSite.start({ server: `${listen} location = /visitor { return 200 "${told}"; }` });
  });
  afterAll(() => nginx?.[Symbol.asyncDispose]());

  test.each(WAYS.flatMap(([name, way]) => ([1, 2] as const).map((version) => [name, way, version] as const)))(
    '%s over %s, version %d out: it reads both ends',
    async (name, way, version) => {
      await using proxy = start(`host = "unix:${NGINX_PLAIN}"\nproxy_protocol = ${version}`);
      await using client = await connect(way, proxy);
      await client.write(concat(TOLD[name], REQUEST));
      await client.until(({ hasFin }) => hasFin, 'the whole answer');
      const own = way === 'TCP' ? `127.0.0.1 ${client.localPort} 127.0.0.1 ${proxy.port}` : '   ';
      const [status] = latin1(client.bytes).split('\r\n', 1);
      expect(status).toBe('HTTP/1.1 200 OK');
      expect(latin1(client.bytes).split('\r\n\r\n')[1]).toBe(EXPECTED[name]?.join(' ') ?? own);
    },
  );

  test('our own look at it, which is no visitor: it answers that too', async () => {
    const mask = (version: number) => `[mask]\nhost = "unix:${NGINX_TLS}"\nproxy_protocol = ${version}`;
    await using first = new TestProxy({ toml: mask(1), asksSites: true });
    await using second = new TestProxy({ toml: mask(2), asksSites: true });
    for (const proxy of [first, second]) {
      await until(() => proxy.logged('learned how the fronted site answers').length > 0, 'its profile', 20_000);
    }
  });
});
