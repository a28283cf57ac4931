import { expect, test } from 'bun:test';
import { ScriptedSite } from '../../test/support/scripted-site.ts';
import { MARK_KEY_BYTES, OwnMarks } from '../front/own-marks.ts';
import { systemRandom } from '../kit/random.ts';
import type { ClientHello } from '../wire/tls/client-hello.ts';
import { ForeignNames } from './foreign-names.ts';

const ALERT = Uint8Array.of(0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x70);
const HOURS_MS = 3 * 3_600_000;
const MAX_QUESTIONS = 8;

/** What a server of TLS 1.2 says that shows this certificate. */
function certificate(fill: number): Uint8Array {
  const message = (type: number, length: number, byte: number) => [type, 0, 0, length, ...Array(length).fill(byte)];
  const handshake = [...message(2, 40, 0), ...message(11, 50, fill)];
  return Uint8Array.from([0x16, 3, 3, 0, handshake.length, ...handshake]);
}

function open(answer: (hello: ClientHello) => Uint8Array | null) {
  const site = new ScriptedSite(answer);
  const clock = { ms: 0 };
  const marks = new OwnMarks(systemRandom(MARK_KEY_BYTES), systemRandom);
  const names = new ForeignNames({ marks, random: systemRandom, now: () => clock.ms });
  const address = { endpoint: { host: '127.0.0.1', port: site.port }, preface: null };
  const judge = async (name: string) => {
    await names.learn(address, name);
    return names.verdict(address, name);
  };
  return { site, clock, judge, names, address, [Symbol.dispose]: () => site[Symbol.dispose]() };
}

test('where unknown names are refused all are, without a question for each', async () => {
  using opened = open(() => ALERT);
  expect(opened.names.verdict(opened.address, 'a.example.org')).toBeNull();
  expect(await opened.judge('a.example.org')).toBe('as-unknown');
  const { length } = opened.site.hellos;
  expect(await opened.judge('b.example.org')).toBe('as-unknown');
  expect(opened.site.hellos.length).toBe(length);
  expect(opened.site.hellos.every(({ serverName }) => /^[qxzj.]+$/.test(serverName ?? ''))).toBe(true);
});

test('a name with another certificate is another site, one with the same is not, one that is refused refuses itself', async () => {
  using opened = open(({ serverName }) => {
    if (serverName === 'refused.example.org') return ALERT;
    return certificate(serverName === 'other.example.org' ? 2 : 1);
  });
  expect(await opened.judge('other.example.org')).toBe('refused');
  expect(await opened.judge('a.example.org')).toBe('as-it-is');
  expect(await opened.judge('refused.example.org')).toBe('as-it-is');
});

test('answers hold for three hours', async () => {
  let fill = 1;
  using opened = open(({ serverName }) => certificate(serverName === 'a.example.org' ? 1 : fill));
  expect(await opened.judge('a.example.org')).toBe('as-it-is');
  fill = 2;
  opened.clock.ms = HOURS_MS - 1;
  expect(await opened.judge('a.example.org')).toBe('as-it-is');
  opened.clock.ms = HOURS_MS;
  expect(await opened.judge('a.example.org')).toBe('refused');
});

test('a silent site is left to its silence, and asked again soon', async () => {
  let answer: Uint8Array | null = null;
  using opened = open(({ serverName }) => (serverName === 'a.example.org' ? certificate(3) : answer));
  expect(await opened.judge('b.example.org')).toBe('as-it-is');
  expect(await opened.judge('a.example.org')).toBe('refused'); // it has something for this one
  answer = certificate(3);
  opened.clock.ms = 60_000;
  expect(await opened.judge('b.example.org')).toBe('as-it-is');
  expect(await opened.judge('a.example.org')).toBe('as-it-is');
});

test('strangers cannot have more than a few questions asked at once; of more, nothing is known', async () => {
  let isHeld = false;
  using opened = open(() => (isHeld ? null : certificate(1)));
  await opened.judge('first.example.org');
  isHeld = true;
  const many = Array.from({ length: 50 }, (_, index) => opened.judge(`${index}.example.org`));
  const verdicts = await Promise.all(many);
  expect(verdicts.filter((verdict) => verdict === null)).toHaveLength(50 - MAX_QUESTIONS);
});
