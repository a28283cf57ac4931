import { expect } from 'bun:test';
import { systemRandom } from '../../src/kit/random.ts';
import { helloRandom } from '../../src/wire/tls/client-hello.ts';
import { signHello } from '../../src/wire/tls/hello-digest.ts';
import { readServerFlight } from '../../src/wire/tls/server-flight.ts';
import { buildClientHello } from '../../src/wire/tls/synthetic-hello.ts';
import type { FlightView, Visit } from './flight-view.ts';
import { DOMAIN, secretOf, type TestProxy, until } from './proxy.ts';

const LEARNING_LIMIT_MS = 12_000;

/** Waits until the proxy has learned the flight of its fronted site for the `count`-th time. */
export function learned(proxy: TestProxy, count = 1): Promise<void> {
  const isLearned = () => proxy.logged('learned how the fronted site answers').length >= count;
  return until(isLearned, 'the flight of the site is learned', LEARNING_LIMIT_MS);
}

/** What a hello may differ in. */
export type Asked = Omit<Parameters<typeof buildClientHello>[0], 'domain' | 'random'>;

/** A hello of the default user's, signed now. */
export function helloOf(asked: Asked = {}): Uint8Array {
  const hello = buildClientHello({ domain: DOMAIN, random: systemRandom, ...asked });
  return signHello(hello, secretOf('ee').key, Math.floor(Date.now() / 1000));
}

/** Checks that it is ours, to the last byte, and in one piece. */
export function expectOneFlight({ bytes, pieces, end }: Visit, hello: Uint8Array): void {
  const reading = readServerFlight(bytes, secretOf('ee').key, helloRandom(hello));
  expect(reading).toMatchObject({ kind: 'match', consumed: bytes.length });
  expect([pieces, end]).toEqual([1, 'fin']);
}

/** What has to be the same whatever the certificate's signature. */
export function traits({ sequence, cipher, group, extensions, sessionId }: FlightView) {
  return { sequence, cipher, group, extensions, sessionId };
}
