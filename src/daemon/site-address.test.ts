import { expect, test } from 'bun:test';
import { fromHex, utf8 } from '../kit/bytes.ts';
import type { MaskPolicy } from '../proxy/policy.ts';
import { siteAddress } from './site-address.ts';

test.each<[MaskPolicy['proxyProtocol'], Uint8Array | null]>([
  [0, null],
  [1, utf8('PROXY UNKNOWN\r\n')],
  [2, fromHex('0d0a0d0a000d0a515549540a20000000')], // LOCAL: no address
])('a site that wants PROXY header %p is asked so', (proxyProtocol, preface) => {
  const siteOf = (domain: string) => ({ host: domain, port: 8443 });
  expect(siteAddress({ siteOf, proxyProtocol }, 'front.example.org')).toEqual({
    endpoint: { host: 'front.example.org', port: 8443 },
    preface,
  });
});
