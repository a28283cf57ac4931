import { concat } from '../../src/kit/bytes.ts';
import { fillRandom, systemRandom } from '../../src/kit/random.ts';
import { type ClientHello, readClientHello } from '../../src/wire/tls/client-hello.ts';
import { buildServerFlight, type FlightShape } from '../../src/wire/tls/server-flight.ts';
import { RawListener, type RawPeer } from './raw-peer.ts';

const SHARE_BYTES = { 29: 32, 4588: 1120 } as const;

/** A flight with this look. */
export function flightOf(hello: ClientHello, shape: FlightShape): Uint8Array {
  const share = systemRandom(SHARE_BYTES[shape.group]);
  return buildServerFlight({ hello, key: new Uint8Array(16), shape, share, random: fillRandom }).slice();
}

/** A site that answers hellos as a test says. It ends each visit with a FIN, so that nobody has to wait for more. */
export class ScriptedSite implements Disposable {
  readonly hellos: ClientHello[] = [];
  /** What came before each hello. */
  readonly prefaces: Uint8Array[] = [];
  readonly #listener: RawListener;

  /** @param answer null: none, and no FIN either */
  constructor(answer: (hello: ClientHello, turn: number) => Uint8Array | null, prefaceBytes = 0) {
    this.#listener = new RawListener((peer: RawPeer) => {
      let bytes: Uint8Array = new Uint8Array(0);
      peer.onBytes = (chunk) => {
        bytes = concat(bytes, chunk);
        const reading = readClientHello(bytes.subarray(prefaceBytes));
        if (reading.kind !== 'match') return;
        this.prefaces.push(bytes.slice(0, prefaceBytes));
        this.hellos.push(reading.hello);
        const answered = answer(reading.hello, this.hellos.length - 1);
        if (answered !== null) void peer.write(answered).then(() => peer.finish());
      };
      peer.onFin = () => peer.close();
    });
  }

  get port(): number {
    return this.#listener.port;
  }

  get open(): number {
    return this.#listener.open;
  }

  [Symbol.dispose](): void {
    this.#listener.stop();
  }
}
