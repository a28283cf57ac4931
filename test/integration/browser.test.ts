import { expect, test } from 'bun:test';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasNginx, NginxSite } from '../support/nginx.ts';
import { DOMAIN, expectSettled, TestProxy } from '../support/proxy.ts';
import { runCommand } from '../support/visitors.ts';

const CHROMIUM = Bun.which('chromium') ?? Bun.which('chromium-browser');
if (CHROMIUM === null) console.warn('Chromium is missing: its visits are skipped');

const PAGE_LIMIT_MS = 15_000;

interface Browsed {
  /** The page as the browser understood it. */
  readonly dom: string;
  /** Addresses it connected to or sent datagrams to. */
  readonly addresses: readonly string[];
}

/** Loads a page in a browser without a window that takes the site's own key only, and can reach nothing else. */
async function browse(port: number, path: string, keyDigest: string): Promise<Browsed> {
  const folder = mkdtempSync(join(tmpdir(), 'petrel-browser-'));
  const netLog = join(folder, 'net.json');
  const command = [
    CHROMIUM ?? 'chromium',
    ...['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
    ...['--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-extensions'],
    `--host-resolver-rules=MAP ${DOMAIN} 127.0.0.1:${port}, MAP * ~NOTFOUND`,
    `--ignore-certificate-errors-spki-list=${keyDigest}`,
    `--user-data-dir=${join(folder, 'profile')}`,
    `--log-net-log=${netLog}`,
    '--dump-dom',
    `https://${DOMAIN}${path}`,
  ];
  try {
    const { out } = await runCommand(command, { limitMs: PAGE_LIMIT_MS, env: { HOME: folder } });
    return { dom: out, addresses: addressesIn(readFileSync(netLog, 'utf8')) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface NetLog {
  constants: { logEventTypes: Record<string, number> };
  events: { type: number; source: { id: number }; params?: { address?: string } }[];
}

/** A UDP socket that only connects sends nothing: the browser looks for a route that way. */
function addressesIn(text: string): string[] {
  const { constants, events } = JSON.parse(text) as NetLog;
  const ofType = (name: string) => events.filter(({ type }) => type === constants.logEventTypes[name]);
  const senders = new Set(ofType('UDP_BYTES_SENT').map(({ source }) => source.id));
  const datagrams = ofType('UDP_CONNECT').filter(({ source }) => senders.has(source.id));
  const unconnected = ofType('UDP_BYTES_SENT');
  const all = [...ofType('TCP_CONNECT_ATTEMPT'), ...datagrams, ...unconnected];
  return [...new Set(all.flatMap(({ params }) => params?.address ?? []))];
}

/** As Chromium names a key: the digest of its public half. */
function keyDigestOf(certificateFile: string): string {
  const { publicKey } = new X509Certificate(readFileSync(certificateFile));
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64');
}

test.skipIf(!hasNginx || CHROMIUM === null)(
  'a browser gets the same page from the same key over HTTP/2, and goes nowhere else',
  async () => {
    await using site = await NginxSite.start();
    await using proxy = new TestProxy({ sitePort: site.port });
    const key = keyDigestOf(site.certificateFile);
    const direct = await browse(site.port, '/', key);
    const proxied = await browse(proxy.port, '/', key);
    expect(proxied.dom).toBe(direct.dom);
    expect(proxied.dom).toContain('Paragraph 63 of a page that does not change.');
    expect(proxied.addresses).toEqual([`127.0.0.1:${proxy.port}`]);
    expect((await browse(proxy.port, '/protocol', key)).dom).toContain('TLSv1.3 HTTP/2.0');
    await expectSettled(proxy);
    expect(proxy.ledger.outcomes.masked).toBe(proxy.ledger.accepted);
  },
  60_000,
);

test.skipIf(!hasNginx || CHROMIUM === null)(
  'a browser that trusts another key refuses the page',
  async () => {
    await using site = await NginxSite.start();
    await using other = await NginxSite.start();
    await using proxy = new TestProxy({ sitePort: site.port });
    const { dom } = await browse(proxy.port, '/', keyDigestOf(other.certificateFile));
    expect(dom).not.toContain('Paragraph');
  },
  60_000,
);
