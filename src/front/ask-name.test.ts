import { afterEach, expect, test } from 'bun:test';
import { CLOSED_PORT, DOMAIN } from '../../test/support/proxy.ts';
import { RawListener } from '../../test/support/raw-peer.ts';
import { flightOf, ScriptedSite } from '../../test/support/scripted-site.ts';
import { systemRandom } from '../kit/random.ts';
import { askName, isSameAnswer, type NameAnswer } from './ask-name.ts';
import { MARK_KEY_BYTES, OwnMarks } from './own-marks.ts';

const ALERT = Uint8Array.of(0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x70);
const marks = new OwnMarks(systemRandom(MARK_KEY_BYTES), systemRandom);
const opened: { stop(): void }[] = [];
afterEach(() => {
  for (const one of opened.splice(0)) one.stop();
});

async function ask(port: number): Promise<NameAnswer> {
  const site = { endpoint: { host: '127.0.0.1', port }, preface: null };
  return (await askName(site, DOMAIN, marks, systemRandom, new AbortController().signal)).answer;
}

/** A site of TLS 1.2 that shows this certificate. */
function plainSite(certificate: number): number {
  const message = (type: number, length: number, fill: number) => [type, 0, 0, length, ...Array(length).fill(fill)];
  const handshake = [...message(2, 40, 0), ...message(11, 50, certificate)];
  const listener = new RawListener((peer) => {
    peer.onBytes = () => void peer.write(Uint8Array.from([0x16, 3, 3, 0, handshake.length, ...handshake]));
  });
  opened.push(listener);
  return listener.port;
}

test('certificates are compared, whatever else is alike', async () => {
  const [one, same, other] = await Promise.all([ask(plainSite(1)), ask(plainSite(1)), ask(plainSite(2))]);
  expect(one.kind).toBe('certificate');
  expect(isSameAnswer(one, same)).toBe(true);
  expect(isSameAnswer(one, other)).toBe(false);
});

test('a site with TLS 1.3 alone is known by the length of its flight', async () => {
  const shape = { cipher: 0x1301, group: 0x11ec, extensionOrder: 'share-first', encryptedLength: 900 } as const;
  using site = new ScriptedSite((hello) => (hello.supportsTls13 ? flightOf(hello, shape) : ALERT));
  const answer = await ask(site.port);
  expect(answer).toEqual({ kind: 'flight', bytes: 900 });
  expect(site.hellos.map(({ serverName }) => serverName)).toEqual([DOMAIN, DOMAIN]);
  expect(isSameAnswer(answer, { kind: 'flight', bytes: 897 })).toBe(true);
  expect(isSameAnswer(answer, { kind: 'flight', bytes: 930 })).toBe(false);
  expect(isSameAnswer(answer, { kind: 'refused' })).toBe(false);
});

test('an alert, an end and a silence are told apart', async () => {
  using refusing = new ScriptedSite(() => ALERT);
  using ending = new ScriptedSite(() => new Uint8Array(0));
  using silent = new ScriptedSite(() => null);
  expect(await ask(refusing.port)).toEqual({ kind: 'refused' });
  expect(await ask(ending.port)).toEqual({ kind: 'refused' });
  expect(await ask(silent.port)).toEqual({ kind: 'silent' });
  expect(await ask(CLOSED_PORT)).toMatchObject({ kind: 'unreachable' });
});
