import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { concat, hex, utf8 } from '../kit/bytes.ts';
import { systemRandom } from '../kit/random.ts';
import { writeProxyHeader } from '../wire/proxy-header.ts';
import { buildClientHello } from '../wire/tls/synthetic-hello.ts';
import { ECHO_BYTES, MARK_BYTES, MARK_KEY_BYTES, markedRequest, markHello, OwnMarks } from './own-marks.ts';

const KEY = systemRandom(MARK_KEY_BYTES);

function marksAt(seconds: number, key = KEY): OwnMarks {
  return new OwnMarks(key, systemRandom, () => seconds);
}

function hello(mark: Uint8Array): Uint8Array {
  return markHello(buildClientHello({ domain: 'front.example.org', random: systemRandom }), mark);
}

test('a mark is found in a hello and in a request, also behind a PROXY header', () => {
  const mark = marksAt(1_000).make();
  const nobody = { ip: '', port: 0 };
  for (const bytes of [hello(mark), markedRequest(mark, 'front.example.org')]) {
    for (const header of [utf8(''), writeProxyHeader(1, nobody, nobody), writeProxyHeader(2, nobody, nobody)]) {
      expect(hex(marksAt(1_003).find(concat(header, bytes)) ?? utf8(''))).toBe(hex(mark));
    }
  }
});

test('others find none, nor does anybody later: who has recorded it is a stranger', () => {
  const bytes = hello(marksAt(1_000).make());
  expect(marksAt(1_000, systemRandom(MARK_KEY_BYTES)).find(bytes)).toBeNull();
  expect(marksAt(1_010).find(bytes)).not.toBeNull();
  expect(marksAt(1_011).find(bytes)).toBeNull();
  expect(marksAt(999).find(bytes)).toBeNull();
});

test('a mark with one bit changed is none, and anything else has none', () => {
  const marks = marksAt(1_000);
  const mark = marks.make();
  for (let bit = 0; bit < 8 * MARK_BYTES; bit += 1) {
    const changed = mark.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
    expect(marks.find(hello(changed))).toBeNull();
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => expect(marks.find(bytes)).toBeNull()));
  const request = markedRequest(mark, 'x');
  for (let length = 0; length < 5 + 2 * MARK_BYTES; length += 1) {
    expect(marks.find(request.subarray(0, length))).toBeNull();
  }
});

test('two marks share nothing', () => {
  const marks = marksAt(1_000);
  const parts = [marks.make(), marks.make()].flatMap((mark) => [0, 8, 16, 24].map((at) => hex(mark.slice(at, at + 8))));
  expect(new Set(parts).size).toBe(8);
});

test('an echo is told from everything else, as soon as that shows', () => {
  const marks = marksAt(1_000);
  const mark = marks.make();
  const echo = marks.echoOf(mark);
  expect(echo.length).toBe(ECHO_BYTES);
  for (let length = 0; length < ECHO_BYTES; length += 1) {
    expect(marks.isEcho(echo.subarray(0, length), mark)).toBe('maybe');
    const other = echo.slice(0, length + 1);
    other[length] = (other[length] ?? 0) ^ 1;
    expect(marks.isEcho(other, mark)).toBe(false);
  }
  expect(marks.isEcho(concat(echo, utf8('more')), mark)).toBe(true);
  expect(marks.isEcho(echo, marks.make())).toBe(false);
});
