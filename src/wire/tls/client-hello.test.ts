import { describe, expect, test } from 'bun:test';
import { inRecords } from '../../../test/support/hellos.ts';
import { vectors } from '../../../test/vectors/vectors.ts';
import { concat, fromHex, hex } from '../../kit/bytes.ts';
import {
  type ClientHello,
  helloRandom,
  MAX_HELLO_BYTES,
  MAX_HELLO_RECORDS,
  readClientHello,
  replayKeyOfHello,
} from './client-hello.ts';

const { client_hellos, fragmented_hello, restamped } = vectors.fake_tls;
const TODAY = fromHex(client_hellos[0].client_hello);

function read(bytes: Uint8Array): ClientHello {
  const reading = readClientHello(bytes);
  if (reading.kind !== 'match') throw new Error(JSON.stringify(reading));
  return reading.hello;
}

/** A hello record around the given body fields, lengths filled in. */
function helloOf(fields: { sessionId?: string; suites?: string; extensions?: string }): Uint8Array {
  const { sessionId = '00', suites = '00021301', extensions = '' } = fields;
  const body = `0303${'11'.repeat(32)}${sessionId}${suites}0100${extensions === '' ? '' : u16(extensions) + extensions}`;
  const message = `01${(body.length / 2).toString(16).padStart(6, '0')}${body}`;
  return fromHex(`160301${u16(message)}${message}`);
}

function u16(text: string): string {
  return (text.length / 2).toString(16).padStart(4, '0');
}

function extension(type: string, body: string): string {
  return type + u16(body) + body;
}

describe.each(client_hellos)('$name', (vector) => {
  const bytes = fromHex(vector.client_hello);
  const hello = read(bytes);

  test('is read', () => {
    expect(hello.consumed).toBe(vector.total_len);
    expect(hex(hello.record)).toBe(vector.client_hello);
    expect(hello.record.buffer).toBe(bytes.buffer);
    expect(hex(hello.sessionId)).toBe(vector.session_id);
    expect(hello.serverName).toBe(vector.sni);
    expect(hello.alpn).toEqual(['h2', 'http/1.1']);
    expect(hello.supportsTls13).toBe(true);
    expect(hello.cipherSuites).toEqual([
      0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x9c, 0x9d, 0x2f, 0x35,
    ]);
    expect(hex(helloRandom(hello.record))).toBe(vector.random_field);
    expect(hex(replayKeyOfHello(hello.record))).toBe(vector.random_field.slice(0, 32));
  });

  test('bytes behind it are left alone', () => {
    const longer = read(concat(bytes, fromHex('140303000101170303')));
    expect(longer.consumed).toBe(vector.total_len);
    expect(hex(longer.record)).toBe(vector.client_hello);
  });

  test('each shorter piece needs more', () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(readClientHello(bytes.subarray(0, length)).kind).toBe('need-more');
    }
  });

  test.each([1, 3, 26, 27, 41, 300, 1000, 1500])('split into records of %p bytes it is the same hello', (size) => {
    const wire = inRecords(bytes, size);
    const records = Math.ceil((bytes.length - 5) / size);
    if (records > MAX_HELLO_RECORDS) {
      expect(readClientHello(wire).kind).toBe('reject');
      return;
    }
    for (let length = 0; length < wire.length; length++) {
      expect(readClientHello(wire.subarray(0, length)).kind).toBe('need-more');
    }
    const again = read(concat(wire, fromHex('1703030001')));
    expect(again.consumed).toBe(wire.length);
    expect({ ...again, consumed: 0, record: hex(again.record) }).toEqual({ ...hello, consumed: 0, record: hex(bytes) });
  });
});

test('groups and shares: with ML-KEM and without', () => {
  const today = read(TODAY);
  expect(today.groups).toEqual([0x11ec, 0x001d, 0x0017, 0x0018]);
  expect(today.keyShares).toEqual([
    { group: 0x11ec, length: 1216 },
    { group: 0x001d, length: 32 },
  ]);
  const old = read(fromHex(client_hellos[2].client_hello));
  expect(old.groups).toEqual([0x001d, 0x0017, 0x0018]);
  expect(old.keyShares).toEqual([{ group: 0x001d, length: 32 }]);
});

test('the fragmented hello of the vectors', () => {
  const wire = fromHex(fragmented_hello.wire);
  const hello = read(wire);
  expect(hex(hello.record)).toBe(client_hellos[0].client_hello);
  expect(hello.consumed).toBe(wire.length);
});

test('a restamped hello has the replay key of the one it was made of', () => {
  expect(hex(replayKeyOfHello(read(fromHex(restamped.client_hello)).record))).toBe(restamped.replay_key_16);
  expect(hex(replayKeyOfHello(TODAY))).toBe(restamped.replay_key_16);
});

describe('hellos of other programs', () => {
  test('no session id, no extensions', () => {
    const hello = read(helloOf({}));
    expect(hello.sessionId.length).toBe(0);
    expect(hello.cipherSuites).toEqual([0x1301]);
    expect(hello.serverName).toBeNull();
    expect(hello.supportsTls13).toBe(false);
  });

  test('empty extension block', () => {
    const wire = helloOf({});
    const longer = concat(wire, fromHex('0000'));
    longer[4] += 2;
    longer[8] += 2;
    expect(read(longer).serverName).toBeNull();
  });

  test('record of TLS 1.2, version 1.0 inside', () => {
    const wire = helloOf({});
    wire[2] = 3;
    wire[10] = 1;
    expect(hex(read(wire).record)).toBe(hex(wire));
  });

  test('without TLS 1.3', () => {
    expect(read(helloOf({ extensions: extension('002b', '0403030302') })).supportsTls13).toBe(false);
    expect(read(helloOf({ extensions: extension('002b', '0403030304') })).supportsTls13).toBe(true);
  });

  test('GREASE is left out wherever it stands', () => {
    const hello = read(
      helloOf({
        suites: '0008fafa130100351a0a',
        extensions: extension('000a', '00061a1a001d2a2a') + extension('0033', '000c3a3a000100001d0003010203'),
      }),
    );
    expect(hello.cipherSuites).toEqual([0x1301, 0x0035, 0x1a0a]);
    expect(hello.groups).toEqual([0x001d]);
    expect(hello.keyShares).toEqual([{ group: 0x001d, length: 3 }]);
  });
});

describe('server name', () => {
  const name = (text: string, type = '00') => type + u16(hex(Buffer.from(text))) + hex(Buffer.from(text));
  const list = (entries: string) => extension('0000', u16(entries) + entries);
  const nameOf = (extensions: string) => read(helloOf({ extensions })).serverName;

  test('is lower-cased', () => expect(nameOf(list(name('WWW.Example.ORG')))).toBe('www.example.org'));
  test('is the first host name', () => expect(nameOf(list(name('x', '07') + name('a.b') + name('c.d')))).toBe('a.b'));
  test.each([
    ['empty', list(name(''))],
    ['NUL inside', list(name('a\0b.org'))],
    ['blank inside', list(name('a b.org'))],
    ['line feed at its end', list(name('a.org\n'))],
    ['not ASCII', list(name('пример.рф'))],
    ['longer than a name can be', list(name('a'.repeat(254)))],
    ['no host name in the list', list(name('a.org', '01'))],
    ['empty list', list('')],
    ['empty extension', extension('0000', '')],
    ['list longer than the extension', extension('0000', '00ff00000161')],
    ['name longer than the list', extension('0000', '000500ffff6161')],
  ])('%s: none', (_, extensions) => expect(nameOf(extensions)).toBeNull());
});

describe('rejects as soon as the bytes show it', () => {
  test.each([
    ['HTTP', '47'],
    ['alert record', '15'],
    ['SSL 3 record', '160300'],
    ['record version 3.4', '160304'],
    ['major version', '1602'],
    ['empty record', '1603010000'],
    ['ServerHello', '160301020002'],
    ['message over the limit', `160301400001${(MAX_HELLO_BYTES - 3).toString(16).padStart(6, '0')}`],
    ['record over the limit', '1603014001'],
    ['record longer than the message', '1603010200010001f8'],
    ['message too short for its fields', '160301002901000025'],
    ['version inside', '1603010200010001fc02'],
    ['minor version inside', '1603010200010001fc0300'],
    ['session id too long', `1603010200010001fc0303${'11'.repeat(32)}21`],
    ['odd cipher list', `1603010200010001fc0303${'11'.repeat(32)}000003`],
    ['empty cipher list', `1603010200010001fc0303${'11'.repeat(32)}000000`],
    ['cipher list past the end', `1603010200010001fc0303${'11'.repeat(32)}000200`],
    ['no compression method', `1603010200010001fc0303${'11'.repeat(32)}000002130100`],
    ['extensions shorter than the rest', `1603010200010001fc0303${'11'.repeat(32)}000002130101000001`],
    ['extensions longer than the rest', `1603010200010001fc0303${'11'.repeat(32)}000002130101000200`],
    ['extension past the end', `1603010200010001fc0303${'11'.repeat(32)}0000021301010001d10000ffff`],
    ['second record of another type', '1603010002010015'],
    ['second record empty', '160301000201001603010000'],
    ['second record longer than the message', '1603010004010000301603010031'],
  ])('%s', (_, text) => {
    const bytes = fromHex(text);
    expect(readClientHello(bytes).kind).toBe('reject');
    expect(readClientHello(bytes.subarray(0, bytes.length - 1)).kind).toBe('need-more');
  });
});
