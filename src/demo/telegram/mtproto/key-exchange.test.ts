import { expect, test } from 'bun:test';
import { checkPrimeSync } from 'node:crypto';
import { hex } from '../../../kit/bytes.ts';
import { systemRandom } from '../../../kit/random.ts';
import { DH_GENERATOR, DH_PRIME } from './diffie-hellman.ts';
import { ExchangeClient, type RsaScheme } from './exchange-fixture.ts';
import { type ExchangeStep, KeyExchange } from './key-exchange.ts';
import { newServerKey } from './server-key.ts';

const KEY = newServerKey();
const NOW = 1_750_000_000;
const REQ_PQ = 0x60469778;
const REQ_PQ_MULTI = 0xbe7e8ef1;

test('the prime is a safe one, and the generator fits it', () => {
  const prime = BigInt(`0x${hex(DH_PRIME)}`);
  expect(prime.toString(2).length).toBe(2048);
  expect(checkPrimeSync(prime) && checkPrimeSync((prime - 1n) / 2n)).toBe(true);
  expect([DH_GENERATOR, prime % 3n]).toEqual([3, 2n]); // g = 3 asks for p mod 3 = 2
});

for (const scheme of ['RSA_PAD', 'older'] as RsaScheme[]) {
  for (const type of ['plain', 'dc', 'temp', 'temp-dc'] as const) {
    test(`both sides get the same key: ${scheme}, ${type} inner data`, () => {
      const server = new KeyExchange(KEY, systemRandom);
      const client = new ExchangeClient(KEY.publicPem, scheme);
      const resPq = answer(server.step(client.reqPq(type === 'plain' ? REQ_PQ : REQ_PQ_MULTI), NOW));
      const params = answer(server.step(client.reqDhParams(resPq, type), NOW));
      expect(client.fingerprint).toBe(KEY.fingerprint);
      const last = server.step(client.setClientDhParams(params), NOW);
      expect(client.isDone(answer(last))).toBe(true);
      expect(last.kind === 'done' && hex(last.authKey.key)).toBe(hex(client.authKey));
    });
  }
}

test('a damaged RSA block, other nonces and a step out of order are refused', () => {
  const server = new KeyExchange(KEY, systemRandom);
  const client = new ExchangeClient(KEY.publicPem, 'RSA_PAD');
  const stranger = new ExchangeClient(KEY.publicPem, 'RSA_PAD');
  expect(server.step(client.reqPq().subarray(0, 12), NOW).kind).toBe('reject');
  const request = client.reqDhParams(answer(server.step(client.reqPq(), NOW)));
  const damaged = request.slice();
  damaged[damaged.length - 20] ^= 1;
  expect(server.step(damaged, NOW)).toEqual({ kind: 'reject', reason: 'the RSA block does not open' });
  const foreign = request.slice();
  foreign.set(stranger.nonce, 4);
  expect(server.step(foreign, NOW)).toEqual({ kind: 'reject', reason: 'req_DH_params has other nonces' });
  const params = answer(server.step(request, NOW));
  const last = client.setClientDhParams(params);
  const early = new KeyExchange(KEY, systemRandom);
  expect(early.step(last, NOW).kind).toBe('reject');
  const bad = last.slice();
  bad[bad.length - 1] ^= 1;
  bad[60] ^= 1;
  expect(server.step(bad, NOW)).toEqual({ kind: 'reject', reason: 'the client inner data does not open' });
});

function answer(step: ExchangeStep): Uint8Array {
  if (step.kind === 'reject') throw new Error(step.reason);
  return step.body;
}
