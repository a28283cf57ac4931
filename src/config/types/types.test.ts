import { describe, expect, test } from 'bun:test';
import { fromHex } from '../../kit/bytes.ts';
import type { Secret } from '../../wire/secret.ts';
import { readValue, type ValueType } from '../value-type.ts';
import { dcAddresses } from './address-tables.ts';
import { addressRanges, endpoint, hostOrNone, listenAddresses, siteAddress, siteNames } from './addresses.ts';
import { fileMode, groupOrNone } from './file-access.ts';
import { adaptiveBuffer, duration, oneOfNumbers, port, quota, rate, size, wholeNumber } from './numbers.ts';
import { adminToken, redisAddress, userSecret } from './secrets.ts';
import { oneOf, path, webAddress, yesNo } from './texts.ts';
import { expiry } from './times.ts';
import { upstream } from './upstream.ts';

const KEY = '46f4c1a6aeb1b0d5a27a4e3b5d5a27a4';
const EE = `ee${KEY}7777772e6578616d706c652e636f6d`; // www.example.com
const REFUSED = Symbol('refused');

function secret(kind: Secret['kind'], domain = ''): Secret {
  return { kind, key: fromHex(KEY), domain };
}

function read(type: ValueType<unknown, string>, raw: unknown): unknown {
  const reading = readValue(type, raw);
  return reading.kind === 'match' ? reading.value : REFUSED;
}

/** Each row: a type, a raw value and what is read from it; REFUSED where it must be refused. */
function table(name: string, type: ValueType<unknown, string>, rows: readonly [raw: unknown, value: unknown][]): void {
  describe(name, () => {
    for (const [raw, value] of rows) {
      test(`${JSON.stringify(raw) ?? String(raw)} is ${value === REFUSED ? 'refused' : 'read'}`, () => {
        expect(read(type, raw)).toEqual(value);
      });
    }
  });
}

table('port that may be 0', port('zero-allowed'), [
  [0, 0],
  [65_535, 65_535],
  [65_536, REFUSED],
  [-1, REFUSED],
  [80.5, REFUSED],
  ['80', REFUSED],
]);
table('port that may not', port('zero-refused'), [
  [1, 1],
  [0, REFUSED],
]);
table('whole number', wholeNumber(2, 4), [
  [2, 2],
  [4, 4],
  [1, REFUSED],
  [5, REFUSED],
  [Number.NaN, REFUSED],
  [true, REFUSED],
]);
table('one of numbers', oneOfNumbers(0, 1, 2), [
  [2, 2],
  [3, REFUSED],
  ['2', REFUSED],
]);
table('duration', duration(1_000, 60_000), [
  ['1s', 1_000],
  ['1m', 60_000],
  ['999ms', REFUSED],
  ['61s', REFUSED],
  ['0', REFUSED],
  ['', REFUSED],
  [5, REFUSED],
]);
table('duration or zero', duration(1_000, 60_000, 'or-zero'), [
  ['0', 0],
  ['0s', 0],
  [0, 0],
  ['', 0],
  ['1ms', REFUSED],
  [1, REFUSED],
]);
table('size', size(2_048, 16_777_216), [
  ['64KB', 65_536],
  [65_536, 65_536],
  [2_047, REFUSED],
  ['17MB', REFUSED],
  ['big', REFUSED],
  [4096.5, REFUSED],
]);
table('quota', quota(), [
  ['0', 0],
  ['', 0],
  [0, 0],
  ['50GB', 53_687_091_200],
  ['50GiB', 53_687_091_200],
  ['50 gb', 53_687_091_200],
  ['100B', 100],
  [100_000, 100_000],
  [50, REFUSED],
  ['50', REFUSED],
  [99_999, REFUSED],
  [-1, REFUSED],
  ['-1GB', REFUSED],
]);
table('rate', rate(), [
  ['', 0],
  ['2MB', 2_097_152],
  ['2MB/s', 2_097_152],
  [10_000, 10_000],
  ['10000', 10_000],
  [1_000, REFUSED],
  [2, REFUSED],
  ['2', REFUSED],
  [0, 0],
  ['0', 0],
  ['2mb/s', 2_097_152],
  ['2MiB/s', 2_097_152],
  ['10Mbit', REFUSED],
  ['10Mb', REFUSED],
  ['2MB/m', REFUSED],
]);
table('adaptive buffer', adaptiveBuffer(2_048, 16_777_216, 1_000), [
  [[8192, 20, 65536], { lowBytes: 8192, sessionsMargin: 20, highBytes: 65536 }],
  [['8KB', 0, '8KB'], { lowBytes: 8192, sessionsMargin: 0, highBytes: 8192 }],
  [[65536, 20, 8192], REFUSED],
  [[1024, 20, 8192], REFUSED],
  [[8192, 20, 33_554_432], REFUSED],
  [[8192, 2000, 65536], REFUSED],
  [[8192, 20], REFUSED],
  [[8192, 20, 65536, 1], REFUSED],
  [8192, REFUSED],
]);
table('yes or no', yesNo(), [
  [true, true],
  [1, REFUSED],
  ['true', REFUSED],
]);
table('one of words', oneOf('mask', 'reset'), [
  ['reset', 'reset'],
  ['Reset', REFUSED],
  [null, REFUSED],
]);
table('path', path(), [
  ['data', 'data'],
  ['', REFUSED],
  ['a\0b', REFUSED],
  ['~/data', REFUSED],
  ['$HOME/data', REFUSED],
  ['"data"', REFUSED],
]);
table('web address', webAddress(), [
  ['https://core.telegram.org/getProxyConfig', 'https://core.telegram.org/getProxyConfig'],
  ['ftp://x', REFUSED],
  ['core.telegram.org', REFUSED],
]);
table('expiry', expiry(), [
  ['', null],
  ['0', null],
  [0, null],
  ['2026-12-31', Date.UTC(2026, 11, 31, 23, 59, 59, 999)],
  ['2024-02-29', Date.UTC(2024, 1, 29, 23, 59, 59, 999)],
  ['2026-12-31T18:00:00Z', Date.UTC(2026, 11, 31, 18)],
  ['2026-12-31 18:00:00.5+02:00', Date.UTC(2026, 11, 31, 16, 0, 0, 500)],
  ['2026-02-29', REFUSED],
  ['2026-13-01', REFUSED],
  ['2026-12-31T25:00:00Z', REFUSED],
  ['2026-12-31T18:00', REFUSED],
  ['31.12.2026', REFUSED],
  [1_798_675_200, REFUSED],
]);
table('endpoint', endpoint(9090), [
  ['127.0.0.1:9090', { host: '127.0.0.1', port: 9090 }],
  ['[::1]:9090', { host: '::1', port: 9090 }],
  ['localhost:1', { host: 'localhost', port: 1 }],
  ['127.0.0.1', REFUSED],
  ['::1:9090', REFUSED],
  ['[127.0.0.1]:1', REFUSED],
  ['[fe80::1%eth0]:1', REFUSED],
  ['127.0.0.1:0', REFUSED],
  ['127.0.0.1:65536', REFUSED],
  ['1.2.3:80', REFUSED],
  ['bad host:80', REFUSED],
  ['-a.example:80', REFUSED],
]);
table('listen addresses', listenAddresses(2), [
  ['::', [{ kind: 'tcp', host: '::' }]],
  [
    ['127.0.0.1', 'unix:/run/p.sock'],
    [
      { kind: 'tcp', host: '127.0.0.1' },
      { kind: 'unix', path: '/run/p.sock' },
    ],
  ],
  [[], REFUSED],
  [['::', '::1', '127.0.0.1'], REFUSED],
  ['localhost', REFUSED],
  ['unix:run/p.sock', REFUSED],
  [`unix:/${'a'.repeat(107)}`, REFUSED],
  ['127.0.0.1:80', REFUSED],
]);
table('file mode', fileMode(), [
  ['0660', 0o660],
  ['660', 0o660],
  ['0777', 0o777],
  ['0020', 0o020],
  ['0440', REFUSED], // nobody could connect
  ['0680', REFUSED],
  ['1660', REFUSED],
  ['0o660', REFUSED],
  ['', REFUSED],
  ['rw-rw----', REFUSED],
  [0o660, REFUSED],
  [660, REFUSED],
]);
table('group', groupOrNone(), [
  ['', ''],
  ['www-data', 'www-data'],
  ['33', '33'],
  ['Domain.Users', 'Domain.Users'],
  ['4294967295', REFUSED],
  ['two words', REFUSED],
  ['-1', REFUSED],
  ['a:b', REFUSED],
]);
table('site address', siteAddress('mask.port'), [
  ['', null],
  ['site.example', { kind: 'tcp', host: 'site.example' }],
  ['10.0.0.1', { kind: 'tcp', host: '10.0.0.1' }],
  ['::1', { kind: 'tcp', host: '::1' }],
  ['unix:/run/nginx.sock', { kind: 'unix', path: '/run/nginx.sock' }],
  ['site.example:443', REFUSED],
  ['https://site.example', REFUSED],
]);
table('host', hostOrNone('public_port'), [
  ['', ''],
  ['proxy.example', 'proxy.example'],
  ['2001:db8::1', '2001:db8::1'],
  ['[2001:db8::1]', REFUSED],
  ['300.1.1.1', REFUSED],
  ['a..b', REFUSED],
]);
table('site names', siteNames(2, 'mask.port'), [
  ['WWW.Example.com', ['www.example.com']],
  [
    ['a.example', 'b.example'],
    ['a.example', 'b.example'],
  ],
  [['a.example', 'b.example', 'c.example'], REFUSED],
  [[], REFUSED],
  ['localhost', REFUSED],
  ['1.2.3.4', REFUSED],
  [`${'a'.repeat(60)}.`.repeat(3).concat('example'), REFUSED],
]);
table('address ranges', addressRanges(2), [
  ['10.0.0.0/8', [{ network: Uint8Array.of(10, 0, 0, 0), bits: 8 }]],
  ['192.168.1.7', [{ network: Uint8Array.of(192, 168, 1, 7), bits: 32 }]],
  ['0.0.0.0/0', [{ network: new Uint8Array(4), bits: 0 }]],
  ['0.0.0.0/32', [{ network: new Uint8Array(4), bits: 32 }]],
  ['::1', [{ network: Uint8Array.of(...Array(15).fill(0), 1), bits: 128 }]],
  [[], []],
  ['0.0.0.0', REFUSED],
  ['::', REFUSED],
  ['10.0.0.0', REFUSED],
  ['192.168.1.0', REFUSED],
  ['fd00::', REFUSED],
  ['10.0.0.0/33', REFUSED],
]);
table('upstream', upstream(), [
  ['', null],
  ['socks5://10.0.0.1', { host: '10.0.0.1', port: 1080, user: '', password: '' }],
  ['socks5://u:p%40%3A@h.example:9', { host: 'h.example', port: 9, user: 'u', password: 'p@:' }],
  ['socks5h://u@[::1]:9/', { host: '::1', port: 9, user: 'u', password: '' }],
  ['socks5://:p@h.example:9', REFUSED],
  ['socks5://u:%zz@h.example:9', REFUSED],
  [`socks5://${'u'.repeat(255)}:p@h.example:9`, { host: 'h.example', port: 9, user: 'u'.repeat(255), password: 'p' }],
  [`socks5://${'u'.repeat(256)}:p@h.example:9`, REFUSED],
  [`socks5://u:${'€'.repeat(86)}@h.example:9`, REFUSED],
  [`socks5://u:p@${'h'.repeat(64)}.example:9`, REFUSED],
  [`socks5://u:p@${'h.'.repeat(127)}example:9`, REFUSED],
  ['socks5://u:p@[fe80::1%25eth0]:9', REFUSED],
  ['socks5://u:p@ss@h.example:9', REFUSED],
  ['socks4://h.example:9', REFUSED],
  ['socks5://h.example:0', REFUSED],
  ['socks5://h.example/path', REFUSED],
]);
table('DC addresses', dcAddresses(), [
  [{}, new Map()],
  [
    { 2: ['127.0.0.2:9443', '[::1]:1'], '-203': 'dc.example:443' },
    new Map([
      [
        2,
        [
          { host: '127.0.0.2', port: 9443 },
          { host: '::1', port: 1 },
        ],
      ],
      [-203, [{ host: 'dc.example', port: 443 }]],
    ]),
  ],
  [{ 0: 'a.example:1' }, REFUSED],
  [{ '02': 'a.example:1' }, REFUSED],
  [{ 32768: 'a.example:1' }, REFUSED],
  [{ constructor: 'a.example:1' }, REFUSED],
  [{ 2: [] }, REFUSED],
  [{ 2: Array(9).fill('a.example:1') }, REFUSED],
  [{ 2: 443 }, REFUSED],
  ['2=a.example:1', REFUSED],
]);
table('user secret', userSecret(), [
  [KEY, secret('plain')],
  [` ${KEY.toUpperCase()}\n`, secret('plain')],
  [`dd${KEY}`, secret('dd')],
  [EE, secret('ee', 'www.example.com')],
  [Buffer.from(EE, 'hex').toString('base64url'), secret('ee', 'www.example.com')],
  [KEY.slice(1), REFUSED],
  ['', REFUSED],
  ['f'.repeat(32), REFUSED],
]);
table('admin token', adminToken(), [
  ['', ''],
  ['0123456789abcdef', '0123456789abcdef'],
  ['too short', REFUSED],
  ['with a space in the middle', REFUSED],
  ['é'.repeat(20), REFUSED],
]);
table('redis address', redisAddress(), [
  ['', ''],
  ['rediss://:pw@h.example:6379/1', 'rediss://:pw@h.example:6379/1'],
  ['h.example:6379', REFUSED],
]);
