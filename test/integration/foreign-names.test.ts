import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { concat, hex, utf8 } from '../../src/kit/bytes.ts';
import { systemRandom } from '../../src/kit/random.ts';
import { readPlainCertificate } from '../../src/wire/tls/plain-certificate.ts';
import { readServerNames } from '../../src/wire/tls/server-names.ts';
import { buildClientHello, type HelloShape } from '../../src/wire/tls/synthetic-hello.ts';
import { inRecords } from '../support/hellos.ts';
import { hasNginx, NEIGHBOUR_PAGE, NginxSite } from '../support/nginx.ts';
import { DOMAIN, expectSettled, TestProxy, until } from '../support/proxy.ts';
import { RawPeer } from '../support/raw-peer.ts';
import { hasCurl, runCommand, visitWithOpenssl } from '../support/visitors.ts';

const NEIGHBOUR = 'other.example.org'; // as long as ours: no size tells them apart
const UNKNOWN = 'third.example.org';
const LIMITS = '[limits]\nhandshake_timeout = "100ms"';

type Parts = readonly [Uint8Array, Uint8Array?];

function hello(domain: string | null, shape: HelloShape = 'tls12'): Uint8Array {
  const bytes = buildClientHello({ domain, random: systemRandom, shape });
  bytes.set(systemRandom(32), 11);
  return bytes;
}

/** Says something and hears what comes back, to the first answer's end. */
async function answerTo(port: number, opening: Uint8Array): Promise<string> {
  const peer = await RawPeer.connect(port);
  await peer.write(opening);
  return hear(peer);
}

/** The same of the proxy; the second part when the first has been taken for a hello that stalls. */
async function proxiedAnswerTo(proxy: TestProxy, [first, second]: Parts): Promise<string> {
  const peer = await RawPeer.connect(proxy.port);
  const { truncated } = proxy.ledger.strangers;
  await peer.write(first);
  if (second !== undefined) {
    await until(() => proxy.ledger.strangers.truncated > truncated, 'it is taken for a hello that stalls');
    await peer.write(second);
  }
  return hear(peer);
}

async function hear(peer: RawPeer): Promise<string> {
  const end = () => peer.hasFin || peer.hasReset;
  await peer.until(() => end() || readPlainCertificate(peer.bytes).kind !== 'need-more', 'an answer');
  const reading = readPlainCertificate(peer.bytes);
  const answer = reading.kind === 'match' ? `certificate ${hex(reading.message).length}` : hex(peer.bytes);
  const name = reading.kind === 'match' ? nameIn(reading.message) : '';
  peer.reset();
  return name === '' ? answer : name;
}

function nameIn(certificate: Uint8Array): string {
  const text = Buffer.from(certificate).toString('latin1');
  return [DOMAIN, NEIGHBOUR].filter((name) => text.includes(name)).join(' and ');
}

/** Before and from the middle of the server name. */
function cutInName(bytes: Uint8Array): Parts {
  const at = readServerNames(bytes).names[0]?.offsets[5] ?? 0;
  return [bytes.subarray(0, at), bytes.subarray(at)];
}

/** The ways of asking for the neighbour past whoever looks at the name. */
const DODGES: readonly { name: string; parts: () => Parts }[] = [
  { name: 'as browsers do', parts: () => [hello(NEIGHBOUR)] },
  { name: 'in capitals', parts: () => [hello(NEIGHBOUR.toUpperCase())] },
  { name: 'with a dot at its end', parts: () => [hello(`${NEIGHBOUR}.`)] },
  { name: 'in records of a few bytes', parts: () => [inRecords(hello(NEIGHBOUR), 20)] },
  { name: 'in more records than we read', parts: () => [inRecords(hello(NEIGHBOUR), 3)] },
  { name: 'slowly, the name in two pieces', parts: () => cutInName(hello(NEIGHBOUR)) },
  { name: 'slowly, the name late', parts: () => [hello(NEIGHBOUR).subarray(0, 60), hello(NEIGHBOUR).subarray(60)] },
  { name: 'behind an empty record', parts: () => [concat(Uint8Array.of(0x16, 3, 1, 0, 0), hello(NEIGHBOUR))] },
  { name: 'behind a warning', parts: () => [concat(Uint8Array.of(0x15, 3, 1, 0, 2, 1, 90), hello(NEIGHBOUR))] },
];

describe.skipIf(!hasNginx).each([{ refusesUnknown: false }, { refusesUnknown: true }])('a site, %p', (setup) => {
  let site: NginxSite;
  let proxy: TestProxy;
  beforeAll(async () => {
    site = await NginxSite.start({ neighbour: NEIGHBOUR, ...setup });
    proxy = new TestProxy({ sitePort: site.port, toml: LIMITS });
  });
  afterAll(async () => {
    await proxy?.stop();
    await site?.[Symbol.asyncDispose]();
  });

  test('the site itself has two names', async () => {
    expect(await answerTo(site.port, hello(DOMAIN))).toBe(DOMAIN);
    expect(await answerTo(site.port, hello(NEIGHBOUR))).toBe(NEIGHBOUR);
  });

  test('our name and no name get what the site gives', async () => {
    expect(await answerTo(proxy.port, hello(DOMAIN))).toBe(DOMAIN);
    expect(await answerTo(proxy.port, hello(null))).toBe(await answerTo(site.port, hello(null)));
  });

  test.each(['tls12', 'mlkem'] as const)('an unknown name gets what the site gives it: %p', async (shape) => {
    const direct = await answerTo(site.port, hello(UNKNOWN, shape));
    const proxied = await answerTo(proxy.port, hello(UNKNOWN, shape));
    if (shape === 'tls12' || setup.refusesUnknown) expect(proxied).toBe(direct);
    expect(proxied.slice(0, 6)).toBe(direct.slice(0, 6)); // ServerHello, or the alert
  });

  test('to openssl an unknown name looks as at the site', async () => {
    const visit = (port: number) => visitWithOpenssl(port, site.certificateFile, ['-servername', UNKNOWN]);
    expect(await visit(proxy.port)).toEqual(await visit(site.port));
  });

  test.each([...DODGES])('another site of the address is not shown to who asks for it $name', async ({ parts }) => {
    expect(await proxiedAnswerTo(proxy, parts())).not.toBe(NEIGHBOUR);
  });

  test.skipIf(!setup.refusesUnknown)('it is refused by the site itself, as unknown names are', async () => {
    const unknown = await answerTo(site.port, hello(UNKNOWN));
    expect(unknown).toBe('15030300020270'); // unrecognized_name
    for (const opening of [hello(NEIGHBOUR), inRecords(hello(NEIGHBOUR), 40)]) {
      expect(await answerTo(proxy.port, opening)).toBe(unknown);
    }
  });

  test.skipIf(!hasCurl)('nor its page', async () => {
    const url = `https://${NEIGHBOUR}/`;
    const fetch = (port: number) =>
      runCommand(['curl', '-sk', '--connect-to', `${NEIGHBOUR}:443:127.0.0.1:${port}`, url]).then(({ out }) => out);
    expect(await fetch(site.port)).toBe(NEIGHBOUR_PAGE);
    expect(await fetch(proxy.port)).not.toContain(NEIGHBOUR_PAGE);
  });

  test('a name that is ours too is served', async () => {
    proxy.reload({ toml: `${LIMITS}\n[tls]\ndomain = ["${DOMAIN}", "${NEIGHBOUR}"]` });
    expect(await answerTo(proxy.port, hello(NEIGHBOUR))).toBe(NEIGHBOUR);
    proxy.reload({ toml: LIMITS });
  });

  test('with unknown_sni = "reset" no other name comes through, however it is said', async () => {
    proxy.reload({ toml: `${LIMITS}\n[tls]\ndomain = "${DOMAIN}"\nunknown_sni = "reset"` });
    for (const { parts } of DODGES) expect(await proxiedAnswerTo(proxy, parts())).not.toBe(NEIGHBOUR);
    proxy.reload({ toml: LIMITS });
    await expectSettled(proxy);
  });
});

test.skipIf(!hasNginx || !hasCurl)('one certificate for several sites does not make them one', async () => {
  await using site = await NginxSite.start({ neighbour: NEIGHBOUR, sharesCertificate: true });
  await using proxy = new TestProxy({ sitePort: site.port });
  const fetch = (port: number, name: string) =>
    runCommand(['curl', '-sk', '--connect-to', `${name}:443:127.0.0.1:${port}`, `https://${name}/`]);
  expect((await fetch(site.port, NEIGHBOUR)).out).toBe(NEIGHBOUR_PAGE);
  expect((await fetch(proxy.port, NEIGHBOUR)).out).toBe('');
  for (const name of [UNKNOWN, 'fourth.example.org', DOMAIN]) {
    expect((await fetch(proxy.port, name)).out).toBe((await fetch(site.port, name)).out);
    expect((await fetch(proxy.port, name)).out).not.toBe('');
  }
  expect((await fetch(proxy.port, NEIGHBOUR)).out).toBe('');
});

test('the operator is told, with a name that can be read', async () => {
  if (!hasNginx) return;
  await using site = await NginxSite.start({ neighbour: NEIGHBOUR });
  await using proxy = new TestProxy({ sitePort: site.port });
  expect(await answerTo(proxy.port, hello(NEIGHBOUR))).toBe('');
  expect(proxy.logged('add its name to tls.domain')).toMatchObject([{ serverName: NEIGHBOUR, times: 1 }]);
  expect(proxy.ledger.outcomes['unknown-sni']).toBe(1);
  await answerTo(proxy.port, utf8('GET / HTTP/1.0\r\n\r\n')); // plain text is none of this
});
