import { expect, test } from 'bun:test';
import { type InterfaceAddress, publicHost } from './public-host.ts';

const at = (...addresses: string[]): InterfaceAddress[] => addresses.map((address) => ({ address, internal: false }));
const lo: InterfaceAddress[] = [
  { address: '127.0.0.1', internal: true },
  { address: '::1', internal: true },
];

test('the configured host wins without a note', () => {
  expect(publicHost('proxy.example', { eth0: at('9.9.9.9') })).toEqual({ host: 'proxy.example', note: null });
});

test('a public IPv4 address is preferred, wherever it stands', () => {
  const interfaces = { lo, eth0: at('10.0.0.5', 'fe80::1', '2a00:1450::1'), eth1: at('9.9.9.9', '8.8.8.8') };
  expect(publicHost('', interfaces)).toEqual({ host: '9.9.9.9', note: null });
});

test('a public IPv6 address alone is taken with a note', () => {
  const { host, note } = publicHost('', {
    lo,
    eth0: at('10.0.0.5', 'fe80::1', 'fd00::1', '2001:db8::1', '2a00:1450::1'),
  });
  expect(host).toBe('2a00:1450::1');
  expect(note).toContain('clients without IPv6 cannot connect');
});

test.each([
  ['10.1.2.3'],
  ['172.31.0.1'],
  ['192.168.1.1'],
  ['100.64.0.1'],
  ['169.254.1.1'],
  ['192.0.2.1'],
  ['198.19.0.1'],
  ['203.0.113.1'],
])('%s is not public: taken with a note that it must be replaced', (address) => {
  const { host, note } = publicHost('', { lo, eth0: at('fe80::1', address) });
  expect(host).toBe(address);
  expect(note).toContain('set public_host');
});

test.each([['172.32.0.1'], ['100.128.0.1'], ['11.0.0.1'], ['192.169.0.1']])('%s is public', (address) => {
  expect(publicHost('', { eth0: at(address) }).note).toBeNull();
});

test("bridges of containers are not this machine's address", () => {
  expect(publicHost('', { docker0: at('172.17.0.1'), 'br-0f': at('172.18.0.1'), eth0: at('10.0.0.5') }).host).toBe(
    '10.0.0.5',
  );
});

test('without any address it is the loopback, with a note', () => {
  expect(publicHost('', { lo, eth0: undefined })).toMatchObject({
    host: '127.0.0.1',
    note: expect.stringContaining('set public_host'),
  });
});
