import { concat } from '../../kit/bytes.ts';
import { systemRandom } from '../../kit/random.ts';
import type { Secret } from '../../wire/secret.ts';
import { helloRandom } from '../../wire/tls/client-hello.ts';
import { signHello } from '../../wire/tls/hello-digest.ts';
import { CHANGE_CIPHER_SPEC, RecordWriter } from '../../wire/tls/records.ts';
import { readServerFlight } from '../../wire/tls/server-flight.ts';
import { buildClientHello } from '../../wire/tls/synthetic-hello.ts';
import type { ClientOptions, Opening } from './options.ts';

/** Most payload bytes that apps put into one record. */
const UPLINK_RECORD_BYTES = 2878;
const SPLIT_AT = [1, 21];

/** Wraps what a client sends; its results are valid until the next call. */
export const UPLINK_RECORDS = new RecordWriter(UPLINK_RECORD_BYTES);

/** The client's side of fake TLS up to the init header. */
export class TlsHandshake {
  /** The signed hello, to be sent first. */
  readonly hello: Uint8Array;
  readonly #secret: Secret;
  readonly #clientRandom: Uint8Array;
  #flight: Uint8Array = new Uint8Array(0);

  constructor(secret: Secret, options: Pick<ClientOptions, 'random' | 'now' | 'hello'>) {
    const { random = systemRandom, now = Date.now, hello = 'mlkem' } = options;
    const unsigned = buildClientHello({ domain: secret.domain, random, shape: hello });
    this.#secret = secret;
    this.hello = signHello(unsigned, secret.key, Math.floor(now() / 1000));
    this.#clientRandom = helloRandom(this.hello);
  }

  /** Takes bytes of the proxy's answer. @returns 'need-more', 'match', or why no client would go on */
  read(chunk: Uint8Array): { kind: 'need-more' } | { kind: 'match' } | { kind: 'reject'; reason: string } {
    this.#flight = concat(this.#flight, chunk);
    const reading = readServerFlight(this.#flight, this.#secret.key, this.#clientRandom);
    // Some apps sign over everything that has come: nothing may follow the flight before they answer.
    if (reading.kind === 'match' && reading.consumed !== this.#flight.length) {
      return { kind: 'reject', reason: 'bytes follow the flight' };
    }
    return reading;
  }
}

/** The init header inside fake TLS as a client writes it: each element is one write. */
export function tlsHeaderWrites(header: Uint8Array, opening: Opening): Uint8Array[] {
  const record = (bytes: Uint8Array) => UPLINK_RECORDS.wrap(bytes).slice();
  switch (opening) {
    case 'together':
      return [concat(CHANGE_CIPHER_SPEC, record(header))];
    case 'apart':
      return [CHANGE_CIPHER_SPEC, record(header)];
    case 'split':
      return [CHANGE_CIPHER_SPEC, ...cut(header, SPLIT_AT).map(record)];
  }
}

function cut(bytes: Uint8Array, at: readonly number[]): Uint8Array[] {
  const bounds = [0, ...at, bytes.length];
  return bounds.slice(1).map((end, i) => bytes.subarray(bounds[i], end));
}
