import { expect, test } from 'bun:test';
import { isIPv4, isIPv6 } from 'node:net';
import { DataCenters } from './data-centers.ts';

const NO_OVERRIDES = new Map();

function hosts(centers: DataCenters, dc: number): string[] | null {
  const endpoints = centers.endpointsOf(dc);
  return endpoints?.map((endpoint) => ('host' in endpoint ? `${endpoint.host} ${endpoint.port}` : '')) ?? null;
}

// Protocol notes, "DC addresses".
test.each([
  [1, '149.154.175.50 443', '2001:b28:f23d:f001::a 443'],
  [2, '149.154.167.51 443', '2001:67c:4e8:f002::a 443'],
  [3, '149.154.175.100 443', '2001:b28:f23d:f003::a 443'],
  [4, '149.154.167.91 443', '2001:67c:4e8:f004::a 443'],
  [5, '149.154.171.5 443', '2001:b28:f23f:f005::a 443'],
  [203, '91.105.192.100 443', '2a0a:f280:203:a:5000::100 443'],
  [10_001, '149.154.175.10 443', '2001:b28:f23d:f001::e 443'],
  [10_002, '149.154.167.40 443', '2001:67c:4e8:f002::e 443'],
  [10_003, '149.154.175.117 443', '2001:b28:f23d:f003::e 443'],
])('data centre %d and its media twin have their addresses in the order to try them', (dc, v4, v6) => {
  for (const id of [dc, -dc]) {
    const [usual, other] = [false, true].map((preferIpv6) =>
      hosts(new DataCenters({ preferIpv6, overrides: NO_OVERRIDES }), id),
    );
    expect(usual?.[0]).toBe(v4);
    expect(usual?.at(-1)).toBe(v6);
    expect(other?.[0]).toBe(v6);
    expect(new Set(other)).toEqual(new Set(usual));
  }
});

test('all of one family are tried before the other', () => {
  const isV4 = (text: string) => isIPv4(text.split(' ')[0] ?? '');
  for (const dc of [1, 2, 3, 4, 5, 203]) {
    const usual = hosts(new DataCenters({ preferIpv6: false, overrides: NO_OVERRIDES }), dc) ?? [];
    expect(usual.findIndex((text) => !isV4(text))).toBe(usual.filter(isV4).length);
    expect(usual.every((text) => isV4(text) || isIPv6(text.split(' ')[0] ?? ''))).toBe(true);
  }
});

test.each([0, 6, -6, 110, 202, 204, 1_000, 9_999, 10_000, -10_000, 10_004, 10_203, 20_002, 32_767, -32_768])(
  'id %d is unknown',
  (dc) => {
    expect(new DataCenters({ preferIpv6: false, overrides: NO_OVERRIDES }).endpointsOf(dc)).toBeNull();
  },
);

test('overrides replace all addresses; a media id follows its number unless it has its own', () => {
  const to = (port: number) => [{ host: '127.0.0.1', port }];
  const overrides = new Map([
    [2, to(2)],
    [-2, to(20)],
    [3, to(3)],
    [-4, to(40)],
    [77, to(77)],
    [10_002, to(102)],
  ]);
  const centers = new DataCenters({ preferIpv6: false, overrides });
  expect(centers.endpointsOf(2)).toEqual(to(2));
  expect(centers.endpointsOf(-2)).toEqual(to(20));
  expect(centers.endpointsOf(-3)).toEqual(to(3));
  expect(hosts(centers, 4)?.[0]).toBe('149.154.167.91 443'); // an override of -4 alone leaves 4 as it is
  expect(centers.endpointsOf(-4)).toEqual(to(40));
  expect(centers.endpointsOf(-77)).toEqual(to(77));
  expect(centers.endpointsOf(-10_002)).toEqual(to(102));
  expect(hosts(centers, 5)?.[0]).toBe('149.154.171.5 443');
});
