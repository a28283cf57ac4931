import { afterAll, beforeAll, expect, test } from 'bun:test';
import { SimulatedDataCenter } from '../../src/demo/telegram/data-center.ts';
import { secretHex } from '../../src/wire/secret.ts';
import { readClientHello } from '../../src/wire/tls/client-hello.ts';
import { type ClientLibrary, runClient } from '../clients/clients.ts';
import { expectOneFlight, learned, traits } from '../support/flight-checks.ts';
import { viewOf, visitWith } from '../support/flight-view.ts';
import { RecordingSite, TlsSite } from '../support/origin-site.ts';
import { DOMAIN, secretOf, TestProxy, until } from '../support/proxy.ts';

/** The site's certificate is a P-256 one, whose signatures have 70 to 72 bytes. */
const ECDSA_SPREAD = 3;

let dataCenter: SimulatedDataCenter;
beforeAll(() => {
  dataCenter = SimulatedDataCenter.start();
});
afterAll(() => dataCenter.stop());

/** The hello that a real client library sends for the default user's secret, just now. */
async function captured(library: ClientLibrary): Promise<Uint8Array> {
  let hello: Uint8Array | null = null;
  using recorder = new RecordingSite({}, (peer) => {
    void until(() => readClientHello(peer.bytes).kind === 'match', 'a whole hello').then(() => {
      hello ??= peer.bytes.slice();
      peer.reset(); // the library would wait for a flight
    });
  });
  const secret = secretHex(secretOf('ee'));
  const run = runClient(library, { host: '127.0.0.1', port: recorder.port, secret, dataCenter, deadlineMs: 3_000 });
  await until(() => hello !== null, `a hello of ${library}`, 10_000);
  await run;
  if (hello === null) throw new Error('gone');
  return hello;
}

test.each<ClientLibrary>(['mtcute', 'tdlib'])(
  'a hello of %s is answered as the site answers it',
  async (library) => {
    using site = new TlsSite(DOMAIN);
    await using proxy = new TestProxy({ sitePort: site.port, asksSites: true });
    const [hello] = await Promise.all([captured(library), learned(proxy)]);
    const theirs = viewOf((await visitWith(site.port, hello)).bytes);
    const visit = await visitWith(proxy.port, hello);
    expectOneFlight(visit, hello);
    const ours = viewOf(visit.bytes);
    expect(traits(ours)).toEqual(traits(theirs));
    expect(Math.abs(ours.total - theirs.total)).toBeLessThanOrEqual(ECDSA_SPREAD);
  },
  30_000,
);
