import { expect, test } from 'bun:test';
import { CLOSED_PORT, DOMAIN, until } from '../../test/support/proxy.ts';
import { flightOf, ScriptedSite } from '../../test/support/scripted-site.ts';
import { concat, utf8 } from '../kit/bytes.ts';
import { systemRandom } from '../kit/random.ts';
import type { FlightShape } from '../wire/tls/server-flight.ts';
import { buildClientHello } from '../wire/tls/synthetic-hello.ts';
import { askSite } from './ask-site.ts';
import { MARK_KEY_BYTES, OwnMarks } from './own-marks.ts';

const SHAPE: FlightShape = { cipher: 0x1303, group: 0x11ec, extensionOrder: 'share-first', encryptedLength: 900 };
const MARKS = new OwnMarks(systemRandom(MARK_KEY_BYTES), systemRandom);
const HELLO = buildClientHello({ domain: DOMAIN, random: systemRandom });

function ask(port: number, { preface = null as Uint8Array | null, signal = new AbortController().signal } = {}) {
  return askSite({ endpoint: { host: '127.0.0.1', port }, preface }, HELLO.slice(), MARKS, signal);
}

test('an answer is taken whole, and the visit ends', async () => {
  const more = Uint8Array.of(0x17, 0x03, 0x03, 0x00, 0x01, 0xff);
  using site = new ScriptedSite((hello) => concat(flightOf(hello, SHAPE), more));
  expect(await ask(site.port)).toMatchObject({
    kind: 'answered',
    flight: { cipher: 0x1303, group: 0x11ec, extensionOrder: 'share-first', encrypted: [900, 1], isCut: false },
  });
  await until(() => site.open === 0, 'the visitor has left');
});

test('a PROXY header goes before the hello', async () => {
  const preface = utf8('PROXY UNKNOWN\r\n');
  using site = new ScriptedSite((hello) => flightOf(hello, SHAPE), preface.length);
  expect((await ask(site.port, { preface })).kind).toBe('answered');
  expect(site.prefaces).toEqual([preface]);
});

test('a site that hangs up without a word has not answered', async () => {
  using site = new ScriptedSite(() => new Uint8Array(0));
  expect(await ask(site.port)).toEqual({ kind: 'failed', reason: 'no answer' });
});

test('an alert is its reason', async () => {
  using site = new ScriptedSite(() => Uint8Array.of(0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x70));
  expect(await ask(site.port)).toEqual({ kind: 'failed', reason: 'TLS alert 112' });
});

test('a port where nobody listens is told as such', async () => {
  const answer = await ask(CLOSED_PORT);
  expect(answer).toEqual({ kind: 'failed', reason: expect.stringMatching(/^cannot be reached: ./) as string });
});

test('the question can be given up while the site thinks', async () => {
  using site = new ScriptedSite(() => null);
  const giveUp = new AbortController();
  const answer = ask(site.port, { signal: giveUp.signal });
  await until(() => site.hellos.length === 1, 'the hello');
  giveUp.abort();
  expect((await answer).kind).toBe('failed');
  await until(() => site.open === 0, 'the visitor has left');
});
