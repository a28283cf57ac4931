import { SimulatedClient } from '../../src/demo/client/simulated-client.ts';
import { readSecret, type Secret } from '../../src/wire/secret.ts';
import type { Where } from './job.ts';

const CONNECTING_AT_ONCE = 64;

/** @param turn which of several secrets */
export function connect({ host, port, secret }: Where, turn = 0): Promise<SimulatedClient> {
  const text = secret === null || typeof secret === 'string' ? secret : (secret[turn % secret.length] ?? null);
  return SimulatedClient.connect({ host, port, secret: text === null ? null : secretFrom(text) });
}

/** Connects many, some at a time, and makes sure that each has its data centre. @param turn which of several secrets */
export async function connectMany(where: Where, count: number, turn = 0): Promise<SimulatedClient[]> {
  const clients: SimulatedClient[] = [];
  while (clients.length < count) {
    const missing = Math.min(CONNECTING_AT_ONCE, count - clients.length);
    const more = await Promise.all(Array.from({ length: missing }, () => connect(where, turn)));
    await Promise.all(more.map((client) => client.echo(new Uint8Array(64))));
    clients.push(...more);
  }
  return clients;
}

function secretFrom(text: string): Secret {
  const reading = readSecret(text);
  if (reading.kind === 'reject') throw new Error(reading.reason);
  return reading.secret;
}
