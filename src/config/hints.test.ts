import { describe, expect, test } from 'bun:test';
import { load, type Places, refusal } from './load-fixture.ts';

const KEY = '46f4c1a6aeb1b0d5a27a4e3b5d5a27a4';

/** Each row: a key, what a person wrote there in TOML, and the words that the refusal must hold besides its place. */
function refused(table: string, rows: readonly [key: string, written: string, ...words: string[]][]): void {
  describe(table === '' ? 'top level' : `[${table}]`, () => {
    for (const [key, written, ...words] of rows) {
      test(`${key} = ${written}`, () => {
        const user = table.startsWith('users.') && key !== 'secret' ? [`secret = "${KEY}"`] : [];
        const toml = [...(table === '' ? [] : [`[${table}]`]), ...user, `${key} = ${written}`].join('\n');
        const [line = '', ...others] = refusal({ toml });
        expect(others).toEqual([]);
        expect(line).toStartWith(`petrel.toml:${toml.split('\n').length}: ${table === '' ? '' : `${table}.`}${key}`);
        for (const word of ['expected ', 'found ', ...words]) expect(line).toContain(word);
      });
    }
  });
}

/** Rows that are read as they are. */
function read(table: string, rows: readonly [key: string, written: string][]): void {
  test.each(rows.map(([key, written]) => `${key} = ${written}`))(`[${table}] %s is read`, (line) => {
    const user = table.startsWith('users.') ? `secret = "${KEY}"\n` : '';
    expect(load({ toml: `[${table}]\n${user}${line}` }).notices).toEqual([]);
  });
}

refused('', [
  ['port', '"443"', 'a port from 0 to 65535', 'found "443"', 'write it without quotes: 443'],
  ['port', '"0.0.0.0:443"', 'write only the port: 443'],
  ['public_port', '"443"', 'write it without quotes: 443'],
  ['workers', '"2"', 'write it without quotes: 2'],
  ['profile', '"Standard"', 'did you mean "standard"?'],
  ['profile', '"low"', 'did you mean "lowres"?'],
  ['data_dir', '"~/petrel"', 'nothing is expanded'],
  ['data_dir', '"$HOME/petrel"', 'nothing is expanded'],
  ['listen', '"localhost"', 'write "127.0.0.1" or "::1"'],
  ['listen', '"0.0.0.0:443"', 'write only the address: "0.0.0.0", and port = 443'],
  ['listen', '"[::1]:443"', 'write only the address: "::1", and port = 443'],
  ['listen', '"[::]"', 'write only the address: "::"'],
  ['listen', '"*"', '["0.0.0.0", "::"]'],
  ['listen', '443', 'port = 443'],
  ['listen', '":443"', 'port = 443'],
  ['listen', '"0.0.0.0, ::"', 'write a list: ["0.0.0.0", "::"]'],
  ['listen', '"/run/petrel.sock"', 'write "unix:/run/petrel.sock"'],
  ['listen', '"unix:petrel.sock"', 'begins with "/"'],
  ['public_host', '"https://proxy.example.org/"', 'write only the host: "proxy.example.org"'],
  ['public_host', '"proxy.example.org:443"', 'write "proxy.example.org", and the port as public_port = 443'],
  ['public_host', '"[2001:db8::1]"', 'write only the host: "2001:db8::1"'],
  ['public_host', '"bücher.example"', 'its ASCII form: "xn--bcher-kva.example"'],
  ['public_host', '" proxy.example.org"', '"proxy.example.org"'],
]);

refused('modes', [
  ['tls', '"yes"', 'true or false', 'write true, without quotes'],
  ['tls', '"False"', 'write false, without quotes'],
  ['tls', '1', 'write true'],
]);

refused('tls', [
  ['domain', '"https://www.example.org/page"', 'write only the host: "www.example.org"'],
  ['domain', '"www.example.org/"', 'write only the host: "www.example.org"'],
  ['domain', '"www.example.org:443"', 'mask.port = 443'],
  ['domain', '"www.example.org."', '"www.example.org"'],
  ['domain', '"пример.рф"', 'its ASCII form: "xn--e1afmkfd.xn--p1ai"'],
  ['domain', '"https://пример.рф"', '"xn--e1afmkfd.xn--p1ai"'],
  ['domain', '"*.example.org"', 'wildcards'],
  ['domain', '"192.0.2.1"', 'by name, not by address'],
  ['domain', '"a.example, b.example"', 'write a list: ["a.example", "b.example"]'],
  ['domain', '["a.example", "http://b.example"]', 'write only the host: "b.example"'],
  ['unknown_sni', '"MASK"', 'did you mean "mask"?'],
  ['max_clock_skew', '120', 'found 120', 'with its unit, such as "2m"'],
  ['max_clock_skew', '"2 minutes"', 'write "2m"'],
  ['max_clock_skew', '0', 'cannot be switched off'],
]);

refused('mask', [
  ['host', '"https://site.example"', 'write only the host: "site.example"'],
  ['host', '"site.example:8443"', 'mask.port = 8443'],
  ['host', '"/run/nginx.sock"', 'write "unix:/run/nginx.sock"'],
  ['proxy_protocol', '"2"', 'write it without quotes: 2'],
  ['targets', '{ "A.example" = "127.0.0.1:1" }', 'write "a.example"'],
  ['targets', '{ "a.example" = "127.0.0.1" }', 'write "127.0.0.1:443"'],
]);

refused('users.anna', [
  ['max_connections', '"8"', 'write it without quotes: 8'],
  ['max_connections', '-1', 'write 0 for no limit'],
  ['max_ips', '"unlimited"', 'write 0 for no limit'],
  ['quota', '50', 'a size with its unit such as "50GB"', 'found 50;', '50 would be bytes', '"50GB"'],
  ['quota', '"50"', 'found "50"', '50 would be bytes'],
  ['quota', '"1,5GB"', 'write "1.5GB"'],
  ['quota', '"50 gigabytes"', 'write "50GB"'],
  ['quota', '"50GB/month"', 'a quota has no period', 'write "50GB"'],
  ['quota', '"unlimited"', 'write "0" for no limit'],
  ['quota', '-1', 'write "0" for no limit'],
  ['quota', '1.5', 'found 1.5', '"1.5GB"'],
  ['quota', '"lots"', 'found "lots"'],
  ['quota', '"10GiBB"', 'found "10GiBB"'],
  ['quota', '[]', 'found an empty list'],
  ['quota', '{}', 'found a table'],
  ['quota', 'true', 'found true'],
  ['rate', '2', 'bytes per second', 'found 2;', '2 would be bytes', '"2MB"'],
  ['rate', '"2"', '2 would be bytes'],
  ['rate', '"10Mbit"', 'that would be bits: write bytes, "1.25MB"'],
  ['rate', '"10 Mbit/s"', 'that would be bits: write bytes, "1.25MB"'],
  ['rate', '"10Mbps"', 'that would be bits: write bytes, "1.25MB"'],
  ['rate', '"10mbps"', 'that would be bits: write bytes, "1.25MB"'],
  ['rate', '"10Mb"', 'that would be bits: write bytes, "1.25MB"'],
  ['rate', '"2MBps"', 'write "2MB"'],
  ['rate', '"2 MB per second"', 'write "2MB"'],
  ['expires', '"31.12.2026"', 'write "2026-12-31"'],
  ['expires', '"12/31/2026"', 'write "2026-12-31"'],
  ['expires', '"03/04/2026"', 'write "2026-04-03" or "2026-03-04"'],
  ['expires', '"2026/12/31"', 'write "2026-12-31"'],
  ['expires', '"2026-2-3"', 'write "2026-02-03"'],
  ['expires', '"2026-02-30"', 'there is no such day'],
  ['expires', '2026-12-31T18:00:00', 'write "2026-12-31T18:00:00Z"'],
  ['expires', '"2026-12-31 18:00"', 'write "2026-12-31T18:00:00Z"'],
  ['expires', '1798675200', 'write "2026-12-31T00:00:00Z"'],
  ['expires', '"never"', 'write "" for never'],
  ['expires', '"30d"', 'write the day itself'],
  ['enabled', '"no"', 'write false, without quotes'],
]);

read('users.anna', [
  ['quota', '0'],
  ['quota', '"0"'],
  ['quota', '""'],
  ['quota', '"10GiB"'],
  ['quota', '"10 gib"'],
  ['quota', '"50gb"'],
  ['quota', '1_500_000_000'],
  ['rate', '0'],
  ['rate', '"0"'],
  ['rate', '"512KiB/s"'],
  ['expires', '0'],
  ['expires', '2126-12-31'],
  ['expires', '2126-12-31T18:00:00Z'],
  ['expires', '"2126-12-31 18:00:00+02:00"'],
  ['max_connections', '0'],
]);

refused('limits', [
  ['idle_timeout', '"never"', '"0" for no limit'],
  ['idle_timeout', '300', 'found 300', '"5m"'],
  ['idle_timeout', '"300"', '"5m"'],
  ['idle_timeout', '"5 min"', 'write "5m"'],
  ['idle_timeout', '"5M"', 'write "5m"'],
  ['idle_timeout', '"1.5h"', 'write "90m"'],
  ['idle_timeout', '00:05:00', 'write "5m"'],
  ['handshake_timeout', '10', '"10s"'],
  ['handshake_timeout', '0', 'cannot be switched off'],
  ['to_telegram_buffer', '32', '32 would be bytes', '"32KB"'],
  ['to_client_buffer', '[65536, 20, 8192]', 'found [65536, 20, 8192]', 'low is above high'],
  ['to_client_buffer', '[8192, "20", 65536]', 'write it without quotes: 20'],
  ['replay_entries', '"4096"', 'write it without quotes: 4096'],
]);

read('limits', [
  ['idle_timeout', '0'],
  ['idle_timeout', '"0"'],
  ['idle_timeout', '""'],
  ['to_client_buffer', '[8192, 20, 65536]'],
  ['to_client_buffer', '["8KiB", 20, "64KB"]'],
  ['to_telegram_buffer', '32768'],
  ['to_telegram_buffer', '"32k"'],
]);

refused('telegram', [
  ['upstream', '"10.0.0.1:1080"', 'begin with socks5://'],
  ['upstream', '"http://u:p@h:1"', 'http proxies cannot be used'],
  ['upstream', '"socks5://u:p@ss@h:1"', 'write "@" as %40'],
  ['dc_overrides', '{ 2 = "149.154.167.51" }', 'write "149.154.167.51:443"'],
  ['dc_overrides', '{ dc2 = "a.example:443" }', 'write the number alone: "2"'],
]);

refused('metrics', [
  ['allow', '"0.0.0.0"', 'one address', 'write "0.0.0.0/0" for everybody'],
  ['allow', '"::"', 'one address', 'write "::/0" for everybody'],
  ['allow', '["127.0.0.1", "0.0.0.0"]', 'write "0.0.0.0/0" for everybody'],
  ['allow', '"192.168.1.0"', '"192.168.1.0/24" for the network', '"192.168.1.0/32"'],
  ['allow', '"10.0.0.0/255.0.0.0"', 'write "10.0.0.0/8"'],
  ['allow', '"10.*"', 'write "10.0.0.0/8"'],
  ['allow', '"localhost"', '127.0.0.1/32'],
  ['listen', '9090', 'write "127.0.0.1:9090"'],
  ['listen', '":9090"', 'write "127.0.0.1:9090"'],
  ['listen', '"0.0.0.0"', 'write "0.0.0.0:9090"'],
  ['listen', '"::1:9090"', 'write "[::1]:9090"'],
  ['listen', '"http://127.0.0.1:9090/metrics"', 'write "127.0.0.1:9090"'],
  ['enabled', '"true"', 'write true, without quotes'],
]);
refused('proxy_protocol', [['trusted', '"0.0.0.0"', 'write "0.0.0.0/0" for everybody']]);
refused('log', [
  ['level', '"INFO"', 'did you mean "info"?'],
  ['level', '"warning"', 'did you mean "warn"?'],
]);

describe('a secret says what is wrong with it', () => {
  test.each([
    ['33 digits', `${KEY}0`, '33 hexadecimal digits: a key has 32'],
    ['ee and a key', `ee${KEY}`, 'there is no domain'],
    ['a whole link', `tg://proxy?server=a.example&port=443&secret=ee${KEY}`, 'a whole link'],
    ['a t.me link', `https://t.me/proxy?server=a.example&port=443&secret=dd${KEY}`, 'a whole link'],
    ['quotes', `'${KEY}'`, 'quotes are part of it'],
    ['two of them', `${KEY},${KEY}`, 'each user has one secret'],
  ])('%s', (_, secret, reason) => {
    const places: Places[] = [{ toml: `[users.a]\nsecret = "${secret}"` }, { env: { USER1_SECRET: secret } }];
    for (const place of places) {
      const [line = '', ...others] = refusal(place);
      expect(line).toMatch(new RegExp(`; found a text of ${secret.length} characters; .*${reason}`));
      expect(line).not.toContain(KEY.slice(0, 8));
      expect(others).toEqual([]);
    }
  });
});

describe('a value without its quotes is told with them', () => {
  test.each([
    ['[users.a]\nquota = 50GB', 'quota = "50GB"'],
    ['[limits]\nidle_timeout = 5m # minutes', 'idle_timeout = "5m"'],
    ['[tls]\ndomain = example.org', 'domain = "example.org"'],
    ['[tls]\ndomain = https://example.org', 'write only the host: "example.org"'],
    ['[modes]\ntls = True', 'tls = true'],
    ['[modes]\ntls = yes', 'tls = true'],
    ['[users.a]\nexpires = 31.12.2026', 'write "2026-12-31"'],
    ['port = 443;', 'port = 443'],
    ['port: 443', 'stands "="'],
    ['public_host = “a.example”', 'straight quotes'],
  ])('%j', (toml, words) => {
    const [line = '', ...others] = refusal({ toml });
    expect(line).toStartWith(`petrel.toml:${toml.split('\n').length}: not valid TOML: `);
    expect(line).toEndWith(words === 'straight quotes' ? `only ${words} (") hold a text` : words);
    expect(others).toEqual([]);
  });

  test.each(['secret', 'ad_tag'])('but never a %s', (key) => {
    for (const written of [KEY, `dd${KEY}`, `c0ffee${KEY}`]) {
      expect(refusal({ toml: `[users.a]\n${key} = ${written}` }).join()).not.toContain(written.slice(4, 12));
    }
  });
});

test('quotes that a container engine hands on are told', () => {
  const env = { MTPROTO_PORT: '"443"', TLS_DOMAIN: "'a.example'", METRICS_PORT: '"9090"', PETREL_DATA_DIR: '"data"' };
  const lines = refusal({ env });
  expect(lines).toHaveLength(4);
  for (const line of lines) expect(line).toEndWith('; the quotes are part of the value: leave them out');
});

test("brackets of other languages' lists are told in variables", () => {
  const env = { PETREL_LIMITS_TO_CLIENT_BUFFER: '(8192, 20, 65536)' };
  for (const line of refusal({ env })) expect(line).toEndWith('without brackets and quotes, with commas between them');
});

test.each([
  ['[users.anna]\nsecret = "$"\nlimit = 4', 'there are secret, max_connections, max_ips, quota'],
  ['[users.anna]\nsecret = "$"\nexpire = "x"', 'did you mean expires?'],
  ['[telegram]\npool = 4', 'did you mean telegram.pool_size?'],
  ['[log]\ncolour = true', 'there are level, format'],
])('an unknown key is told with those that there are: %j', (toml, words) => {
  expect(refusal({ toml: toml.replace('$', KEY) })).toEqual([expect.stringContaining(`unknown key; ${words}`)]);
});
