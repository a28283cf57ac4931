import { afterEach, expect, mock, spyOn, test } from 'bun:test';
import { addressesOf } from './addresses-of.ts';

type Answer = readonly string[] | 'none' | 'silence';

afterEach(() => void mock.restore());

/** What comes of a name whose name servers answer so. */
async function addresses(v4: Answer, v6: Answer): Promise<string[]> {
  spyOn(Bun.dns, 'lookup').mockImplementation(async (_name, options) => {
    const answer = options?.family === 4 ? v4 : v6;
    if (answer === 'silence') return new Promise(() => {});
    if (answer === 'none') throw new Error(`no address of family ${options?.family}`);
    return answer.map((address) => ({ address, family: options?.family === 4 ? 4 : 6, ttl: 0 }));
  });
  const endpoints = await addressesOf({ host: 'named.example.org', port: 443 });
  return endpoints.map((endpoint) => ('host' in endpoint ? endpoint.host : ''));
}

test('the families take turns, and four addresses are enough', async () => {
  const v4 = ['127.0.0.1', '127.0.0.2', '127.0.0.3'];
  expect(await addresses(v4, ['::1', '::2', '::3'])).toEqual(['127.0.0.1', '::1', '127.0.0.2', '::2']);
  expect(await addresses(v4, 'none')).toEqual(v4);
  expect(await addresses('none', ['::1', '::2'])).toEqual(['::1', '::2']);
  expect(await addresses(['127.0.0.1', '127.0.0.1'], [])).toEqual(['127.0.0.1']);
});

test('a family that the name servers leave unanswered does not hold up the other', async () => {
  expect(await addresses(['127.0.0.1'], 'silence')).toEqual(['127.0.0.1']);
  expect(await addresses('silence', ['::1'])).toEqual(['::1']);
});

test('a name without an address is told by the first reason', async () => {
  await expect(addresses('none', 'none')).rejects.toThrow('no address of family 4');
  await expect(addresses([], [])).rejects.toThrow('no address');
});

test('what is literal or stands in the hosts file is not asked for', async () => {
  const lookup = spyOn(Bun.dns, 'lookup');
  for (const endpoint of [{ host: '127.0.0.1', port: 1 }, { host: '::1', port: 1 }, { unix: '/run/site' }]) {
    expect(await addressesOf(endpoint)).toEqual([endpoint]);
  }
  expect(await addressesOf({ host: 'localhost', port: 1 })).toContainEqual({ host: '127.0.0.1', port: 1 });
  expect(lookup).not.toHaveBeenCalled();
});
