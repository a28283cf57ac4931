import { expect, test } from 'bun:test';
import { CLOSED_PORT } from '../../test/support/proxy.ts';
import { RawListener } from '../../test/support/raw-peer.ts';
import { MARK_KEY_BYTES, OwnMarks } from '../front/own-marks.ts';
import { utf8 } from '../kit/bytes.ts';
import { systemRandom } from '../kit/random.ts';
import { LoopWatch, type Speech } from './loop-watch.ts';

const TEXT: Speech = { kind: 'text', host: 'front.example.org' };
const HELLO: Speech = { kind: 'hello', name: 'front.example.org' };
const RETRY_MS = 60_000;
const TRUST_MS = 3 * 3_600_000;

/** A listener that answers as we would, or as a site does; `null`: not at all. */
function open(answer: 'echo' | 'site' | null) {
  const marks = new OwnMarks(systemRandom(MARK_KEY_BYTES), systemRandom);
  const state = { answer, ms: 0, seen: [] as Uint8Array[] };
  const listener = new RawListener((peer) => {
    peer.onBytes = (bytes) => {
      const mark = marks.find(bytes) ?? new Uint8Array(0);
      state.seen.push(mark);
      if (state.answer === 'echo') void peer.write(marks.echoOf(mark)).then(() => peer.close());
      if (state.answer === 'site') void peer.write(utf8('HTTP/1.1 400 Bad Request\r\n\r\n'));
    };
    peer.onFin = () => peer.close();
  });
  const watch = new LoopWatch({ marks, random: systemRandom, now: () => state.ms });
  const site = { endpoint: { host: '127.0.0.1', port: listener.port }, preface: null };
  const look = async (speech: Speech, sinceMs?: number) => (await watch.look(site, speech, sinceMs)).kind;
  const close = () => {
    watch.close();
    listener.stop();
  };
  return { state, watch, look, site, [Symbol.dispose]: close };
}

test('each kind of message is tried once, with a mark', async () => {
  using opened = open('site');
  expect(await opened.look(HELLO)).toBe('clear');
  expect(await opened.look(HELLO)).toBe('clear');
  expect(await opened.look(TEXT)).toBe('clear');
  expect(await opened.look({ kind: 'hello', name: null })).toBe('clear');
  expect(opened.state.seen.map(({ length }) => length)).toEqual([32, 32, 32]);
});

test('what leads back is looked at again after a minute, and not before', async () => {
  using opened = open('echo');
  expect(await opened.look(TEXT)).toBe('loop');
  opened.state.answer = 'site';
  opened.state.ms = RETRY_MS - 1;
  expect(await opened.look(TEXT)).toBe('loop');
  opened.state.ms = RETRY_MS;
  expect(await opened.look(TEXT)).toBe('clear');
  expect(opened.state.seen).toHaveLength(2);
});

test('what does not is trusted for hours, then looked at beside what goes on', async () => {
  using opened = open('site');
  await opened.look(TEXT);
  opened.state.answer = 'echo';
  opened.state.ms = TRUST_MS;
  expect(await opened.look(TEXT)).toBe('clear');
  opened.state.ms = TRUST_MS + 1;
  expect(await opened.look(TEXT)).toBe('clear'); // nobody waits for it
  const { ip: _ip, ...verdict } = await untilLoop(opened);
  expect(verdict).toMatchObject({ kind: 'loop' });
});

async function untilLoop({ watch, site }: ReturnType<typeof open>) {
  for (;;) {
    const verdict = await watch.look(site, TEXT);
    if (verdict.kind === 'loop') return verdict;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

test('where it has to be newer it is asked again, by all who wait together', async () => {
  using opened = open('site');
  await opened.look(TEXT);
  opened.state.answer = 'echo';
  opened.state.ms = 10;
  expect(await Promise.all([opened.look(TEXT, 5), opened.look(TEXT, 5)])).toEqual(['loop', 'loop']);
  expect(opened.state.seen).toHaveLength(2);
});

test('a mark that comes in late counts all the same', async () => {
  using opened = open(null);
  expect(await opened.look(TEXT)).toBe('clear'); // nobody has answered
  opened.watch.cameBack(systemRandom(32)); // of nobody
  expect(await opened.look(TEXT)).toBe('clear');
  opened.watch.cameBack(opened.state.seen[0] ?? new Uint8Array(0));
  expect(await opened.look(TEXT)).toBe('loop');
});

test('a mark that comes in while its answer is waited for counts at once', async () => {
  using opened = open(null);
  const looking = opened.look(TEXT);
  while (opened.state.seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  opened.watch.cameBack(opened.state.seen[0] ?? new Uint8Array(0));
  expect(await looking).toBe('loop');
});

test('a site that cannot be reached is asked again each time', async () => {
  using opened = open('site');
  const nowhere = { endpoint: { host: '127.0.0.1', port: CLOSED_PORT }, preface: null };
  expect(await opened.watch.look(nowhere, TEXT)).toMatchObject({ kind: 'unreachable' });
  expect(opened.watch.look(nowhere, TEXT)).toBeInstanceOf(Promise);
});
