import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { concat, fromHex, hex } from '../../src/kit/bytes.ts';
import { ipBytes, ipText } from '../../src/kit/ip.ts';
import { proxyLinks } from '../../src/wire/link.ts';
import { readProxyHeader, writeProxyHeader } from '../../src/wire/proxy-header.ts';
import { NONCE_BYTES, readResPq, reqPqMulti } from '../../src/wire/req-pq.ts';
import { readSecret, type Secret, secretBase64Url, secretBytes, secretHex } from '../../src/wire/secret.ts';
import { readConnectReply, readMethod, readPasswordReply } from '../../src/wire/socks5.ts';
import { vectors } from '../vectors/vectors.ts';
import { bytesUpTo, damaged } from './chunks.ts';

const label = fc.stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,10}[a-z0-9])?$/);
const domain = fc
  .tuple(fc.array(label, { minLength: 1, maxLength: 6 }), fc.stringMatching(/^[a-z]{2,8}$/))
  .map(([labels, top]) => [...labels, top].join('.'));
const key = fc.uint8Array({ minLength: 16, maxLength: 16 });
const secret: fc.Arbitrary<Secret> = fc.oneof(
  fc.record({ kind: fc.constant('plain' as const), key, domain: fc.constant('') }),
  fc.record({ kind: fc.constant('dd' as const), key, domain: fc.constant('') }),
  fc.record({ kind: fc.constant('ee' as const), key, domain }),
);

describe('secret', () => {
  test('every text form reads back', () => {
    fc.assert(
      fc.property(secret, (original) => {
        const base64 = Buffer.from(secretBytes(original)).toString('base64');
        for (const text of [
          secretHex(original),
          secretHex(original).toUpperCase(),
          secretBase64Url(original),
          base64,
        ]) {
          const reading = readSecret(text);
          if (reading.kind === 'reject') throw new Error(reading.reason);
          const { kind, key: read, domain: named } = reading.secret;
          expect([kind, hex(read), named]).toEqual([original.kind, hex(original.key), original.domain]);
        }
      }),
    );
  });

  test('any text gives a reading, and what matches is written as it was meant', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ maxLength: 500 }), fc.base64String({ maxLength: 80 }), bytesUpTo(60).map(hex)),
        (text) => {
          const reading = readSecret(text);
          if (reading.kind === 'match') expect(readSecret(secretHex(reading.secret))).toEqual(reading);
          else expect(reading.reason).not.toBe('');
        },
      ),
      { numRuns: 300 },
    );
  });
});

test('a link carries its values whatever they are', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }).filter((server) => !/^\[.*\]$/.test(server)),
      fc.nat(65_535),
      fc.base64String(),
      (server, port, text) => {
        const { web, tg } = proxyLinks(server, port, text);
        const query = new URL(web).searchParams;
        expect([query.get('server'), query.get('port'), query.get('secret')]).toEqual([server, String(port), text]);
        expect(tg.slice('tg://proxy?'.length)).toBe(web.slice('https://t.me/proxy?'.length));
      },
    ),
  );
});

describe('address', () => {
  test('text and bytes agree', () => {
    const sixteen = fc.array(
      fc.oneof({ weight: 2, arbitrary: fc.constant([0, 0]) }, fc.tuple(fc.nat(255), fc.nat(255))),
      {
        minLength: 8,
        maxLength: 8,
      },
    );
    const bytes = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      sixteen.map((groups) => Uint8Array.from(groups.flat())),
    );
    fc.assert(
      fc.property(bytes, (address) => {
        expect(hex(ipBytes(ipText(address)) ?? new Uint8Array(0))).toBe(hex(address));
      }),
    );
  });

  test('any written address reads, any other text is none or reads back', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.ipV4(),
          fc.ipV6().filter((text) => !/:0\d/.test(text)),
        ),
        (text) => {
          expect(ipBytes(text)).not.toBeNull();
        },
      ),
    );
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9a-f:.]{0,40}$/), (text) => {
        const bytes = ipBytes(text);
        if (bytes !== null) expect(hex(ipBytes(ipText(bytes)) ?? new Uint8Array(0))).toBe(hex(bytes));
      }),
    );
  });
});

describe('PROXY header', () => {
  const endpoint = (ip: fc.Arbitrary<Uint8Array>) => fc.record({ ip: ip.map(ipText), port: fc.nat(65_535) });
  const four = endpoint(fc.uint8Array({ minLength: 4, maxLength: 4 }));
  const six = endpoint(fc.uint8Array({ minLength: 16, maxLength: 16 }));

  test('written is read, cut short needs more', () => {
    const pair = fc.oneof(fc.tuple(four, four), fc.tuple(six, six));
    fc.assert(
      fc.property(
        fc.constantFrom(1 as const, 2 as const),
        pair,
        bytesUpTo(20),
        fc.nat(),
        (version, [source, destination], tail, at) => {
          const wire = writeProxyHeader(version, source, destination);
          const ends = { source, destination };
          expect(readProxyHeader(concat(wire, tail))).toEqual({ kind: 'match', ends, consumed: wire.length });
          expect(readProxyHeader(wire.subarray(0, at % wire.length)).kind).toBe('need-more');
        },
      ),
    );
  });

  test('any bytes give a final reading', () => {
    const headers = vectors.proxy_protocol.map(({ wire }) => fromHex(wire));
    fc.assert(
      fc.property(
        fc.oneof(fc.constantFrom(...headers).chain(damaged), bytesUpTo(150)),
        bytesUpTo(30),
        (bytes, tail) => {
          const reading = readProxyHeader(bytes);
          if (reading.kind !== 'need-more') expect(readProxyHeader(concat(bytes, tail))).toEqual(reading);
          if (reading.kind === 'match') expect(reading.consumed).toBeLessThanOrEqual(bytes.length);
          if (reading.kind === 'need-more')
            expect(readProxyHeader(concat(bytes, new Uint8Array(2048))).kind).not.toBe('need-more');
        },
      ),
      { numRuns: 400 },
    );
  });
});

test('SOCKS answers: any bytes give a final reading', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 30 }),
    fc.uint8Array({ maxLength: 30 }).map((rest) => concat(fromHex('050000'), rest)),
  );
  fc.assert(
    fc.property(bytes, (answer) => {
      for (const read of [readMethod, readPasswordReply, readConnectReply]) {
        const reading = read(answer);
        if (reading.kind !== 'need-more') expect(read(concat(answer, new Uint8Array(9)))).toEqual(reading);
        else expect(read(concat(answer, new Uint8Array(300))).kind).not.toBe('need-more');
        if (reading.kind === 'match') expect(reading.consumed).toBeLessThanOrEqual(answer.length);
      }
    }),
    { numRuns: 300 },
  );
});

const nonce = fc.uint8Array({ minLength: NONCE_BYTES, maxLength: NONCE_BYTES });

/** The question turned into an answer that says no more than it must: another constructor. */
function answerTo(question: Uint8Array): Uint8Array {
  const answer = question.slice();
  answer.set(fromHex('63241605'), 20);
  return answer;
}

describe('resPQ', () => {
  test('an answer of any time and padding tells the time', () => {
    fc.assert(
      fc.property(nonce, fc.integer({ min: 0, max: 2 ** 32 * 1000 - 1 }), bytesUpTo(64), (asked, ms, padding) => {
        const reading = readResPq(concat(answerTo(reqPqMulti(asked, ms)), padding), asked);
        if (reading.kind === 'reject') throw new Error(reading.reason);
        expect(Math.abs(reading.serverMs - ms)).toBeLessThan(0.001);
      }),
    );
  });

  test('any bytes give a reading', () => {
    fc.assert(
      fc.property(fc.oneof(bytesUpTo(200), damaged(answerTo(reqPqMulti(new Uint8Array(NONCE_BYTES), 0)))), (bytes) => {
        expect(['match', 'reject']).toContain(readResPq(bytes, new Uint8Array(NONCE_BYTES)).kind);
      }),
    );
  });
});
