import { expect, test } from 'bun:test';
import { canonicalIp, nestedNetworks, networkKeyText, networkOf } from './address.ts';

test.each([
  ['127.0.0.1', '127.0.0.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::FFFF:192.0.2.1', '192.0.2.1'],
  ['::ffff:c000:201', '192.0.2.1'],
  ['2001:DB8::1', '2001:db8::1'],
  ['2001:db8:0:0:0:0:0:1', '2001:db8::1'],
  ['', ''],
  ['somewhere', 'somewhere'],
])('%p is told as %p', (ip, text) => {
  expect(canonicalIp(ip)).toBe(text);
});

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
  ['2001:0DB8:0001:0002:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8::/64'],
  ['2001:db8:0:1::', '2001:db8:0:1::/64'],
  ['::1', '::/64'],
  ['fe80::1%eth0', 'fe80::/64'],
  ['', ''],
])('%p counts as the network %p', (ip, network) => {
  expect(networkOf(ip)).toBe(network);
});

test.each([
  ['192.0.2.7', ['192.0.2.0/24', '192.0.2.7']],
  ['::ffff:192.0.2.7', ['192.0.2.0/24', '192.0.2.7']],
  [
    '2001:db8:12:3456::9',
    ['2001:db8::/32', '2001:db8::/40', '2001:db8:12::/48', '2001:db8:12:3400::/56', '2001:db8:12:3456::/64'],
  ],
  ['fe80::1%eth0', ['fe80::/32', 'fe80::/40', 'fe80::/48', 'fe80::/56', 'fe80::/64']],
  ['', ['']],
])('around %p stand the networks %j', (ip, networks) => {
  expect(nestedNetworks(ip).map(networkKeyText)).toEqual(networks);
});
