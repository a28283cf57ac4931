import { expect, test } from 'bun:test';
import { vectors } from '../../test/vectors/vectors.ts';
import { proxyLinks } from './link.ts';

test.each(vectors.secrets_and_links.valid)('links of a $kind secret', (vector) => {
  const links = proxyLinks('198.51.100.7', 443, vector.hex);
  expect(links).toEqual({ tg: vector.link_tg, web: vector.link_https });
  expect(proxyLinks('198.51.100.7', 443, vector.base64url_nopad).tg).toBe(vector.link_tg_b64);
});

test('an IPv6 address loses its brackets', () => {
  const expected = 'tg://proxy?server=2001%3Adb8%3A%3A7&port=8443&secret=00';
  expect(proxyLinks('[2001:db8::7]', 8443, '00').tg).toBe(expected);
  expect(proxyLinks('2001:db8::7', 8443, '00').tg).toBe(expected);
});

test('values cannot break out of the query', () => {
  const { web } = proxyLinks('a&port=1#', 443, 'a+b/c==');
  const query = new URL(web).searchParams;
  expect([...query]).toEqual([
    ['server', 'a&port=1#'],
    ['port', '443'],
    ['secret', 'a+b/c=='],
  ]);
});
