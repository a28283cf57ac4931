import { expect } from 'bun:test';
import { utf8 } from '../../src/kit/bytes.ts';
import type { RawPeer } from './raw-peer.ts';

/** One way a connection between a client and a site can end; each step waits until the other side has seen it. */
export interface Closing {
  readonly name: string;
  play(client: RawPeer, site: RawPeer): Promise<void>;
}

const MORE = utf8('and this came after the end of the other direction');

/** Every way. Whoever stands between the two must make no difference. */
export const CLOSINGS: readonly Closing[] = [
  {
    name: 'the client ends, the site answers and ends',
    async play(client, site) {
      client.finish();
      expect(await site.end()).toBe('fin');
      await deliver(site, client);
      site.finish();
      expect(await client.end()).toBe('fin');
    },
  },
  {
    name: 'the site ends, the client goes on and ends',
    async play(client, site) {
      site.finish();
      expect(await client.end()).toBe('fin');
      await deliver(client, site);
      client.finish();
      expect(await site.end()).toBe('fin');
    },
  },
  {
    name: 'the client resets',
    async play(client, site) {
      client.reset();
      expect(await site.end()).toBe('reset');
    },
  },
  {
    name: 'the site resets',
    async play(client, site) {
      site.reset();
      expect(await client.end()).toBe('reset');
    },
  },
  {
    name: 'the client ends, the site resets',
    async play(client, site) {
      client.finish();
      expect(await site.end()).toBe('fin');
      site.reset();
      await client.until((peer) => peer.hasReset, 'the reset');
    },
  },
  {
    name: 'the site ends, the client resets',
    async play(client, site) {
      site.finish();
      expect(await client.end()).toBe('fin');
      client.reset();
      await site.until((peer) => peer.hasReset, 'the reset');
    },
  },
  {
    name: 'the client leaves while the site goes on',
    async play(client, site) {
      client.close();
      expect(await site.end()).toBe('fin');
      await site.write(MORE); // answered with a reset: nobody is there to read it
      await site.until((peer) => peer.hasReset, 'the reset');
    },
  },
];

async function deliver(from: RawPeer, to: RawPeer): Promise<void> {
  const before = to.received;
  await from.write(MORE);
  await to.until((peer) => peer.received === before + MORE.length, 'bytes after the other end');
}
