import { expect, test } from 'bun:test';
import { fromHex, hex } from '../kit/bytes.ts';
import { readResPq, reqPqMulti } from './req-pq.ts';

// A recorded exchange: https://core.telegram.org/mtproto/samples-auth_key
const NONCE = '75e622f3bc7d714632b833821fd7bb0c';
const ANSWER = fromHex(
  [
    '0000000000000000',
    '014c527921a97268',
    '50000000',
    '63241605',
    NONCE,
    '8ec53ec050cb2d475b457baf445b49f5',
    '0816e748b29522c68f000000',
    '15c4b51c03000000',
    '85fd64de851d9dd0',
    'a5b7f709355fc30b',
    '216be86c022bb4c3',
  ].join(''),
);
const SECONDS = 0x6872a921;

test('the question, byte by byte', () => {
  const message = reqPqMulti(fromHex(NONCE), SECONDS * 1_000 + 500);
  expect(hex(message)).toBe(['0000000000000000', '00000080', '21a97268', '14000000', 'f18e7ebe', NONCE].join(''));
});

test.each([0, 1, 333, 999])('message ids are multiples of 4 (%d ms)', (ms) => {
  const message = reqPqMulti(fromHex(NONCE), SECONDS * 1_000 + ms);
  expect(message[8]).toBe((message[8] ?? 1) & ~3);
  expect(hex(message.subarray(12, 16))).toBe('21a97268');
});

test.each([0, 3, 8, 256])(
  'a recorded answer, with %d bytes of padding, tells the clock of the data centre',
  (padding) => {
    const payload = new Uint8Array(ANSWER.length + padding).fill(0xa5);
    payload.set(ANSWER);
    const reading = readResPq(payload, fromHex(NONCE));
    expect(reading).toEqual({ kind: 'match', serverMs: expect.closeTo(SECONDS * 1_000 + 473.91, 1) });
  },
);

function changed(at: number, bytes: string): Uint8Array {
  const payload = ANSWER.slice();
  payload.set(fromHex(bytes), at);
  return payload;
}

test.each<[string, Uint8Array]>([
  ['transport error -404', fromHex('6cfeffff')],
  ['a frame of 0 bytes', new Uint8Array(0)],
  ['a frame of 39 bytes', ANSWER.subarray(0, 39)],
  ['an encrypted message', changed(7, '01')],
  ['a message of a wrong length', changed(16, '51000000')],
  ['a message of a wrong length', changed(16, '13000000')],
  ['a message of a wrong length', changed(16, 'ffffffff')],
  ['a message other than resPQ', changed(20, '63241606')],
  ['another nonce', changed(24, '76')],
  ['another nonce', changed(39, '0d')],
])('%s is refused', (reason, payload) => {
  expect(readResPq(payload, fromHex(NONCE))).toEqual({ kind: 'reject', reason });
});
