import { concat } from '../kit/bytes.ts';
import type { Conn } from '../net/conn.ts';
import type { RateLimit, Throttled } from './rate-limit.ts';
import type { Stage } from './stages.ts';

/** What a pump reports to its relay. */
export interface PumpOwner {
  /** Bytes went through. @returns false when the user's quota is used up by them */
  moved(bytes: number, pump: Pump): boolean;
  /** The source has ended and everything it sent was passed on, FIN included. */
  finished(): void;
  /** The stage refused the stream. */
  violated(): void;
}

/**
 * One way of a session: what comes from `source` goes through the stage to `sink`. While the kernel does not take
 * everything the source is paused and the rest kept: at most one unsent remainder.
 */
export class Pump implements Throttled {
  isFinished = false;
  readonly #source: Conn;
  readonly #sink: Conn;
  readonly #stage: Stage;
  readonly #rate: RateLimit | null;
  readonly #owner: PumpOwner;
  #remainder: Uint8Array | null = null;
  #isThrottled = false;
  #hasSourceEnded = false;

  constructor(source: Conn, sink: Conn, stage: Stage, rate: RateLimit | null, owner: PumpOwner) {
    this.#source = source;
    this.#sink = sink;
    this.#stage = stage;
    this.#rate = rate;
    this.#owner = owner;
  }

  /** Sends bytes that are already as the sink wants them, before any others. */
  open(bytes: Uint8Array): void {
    this.#send(bytes);
  }

  /** Bytes from the source. */
  push(chunk: Uint8Array): void {
    const out = this.#stage.apply(chunk);
    if (out === null) {
      this.#owner.violated();
      return;
    }
    if (out.length === 0) return;
    this.#send(out);
    if (!this.#owner.moved(chunk.length, this)) return;
    if (this.#rate?.charge(chunk.length, this)) {
      this.#isThrottled = true;
      this.#source.pause();
    }
  }

  /** The source sent FIN: it is passed on behind what is still unsent. */
  end(): void {
    this.#hasSourceEnded = true;
    this.#finishIfDone();
  }

  /** The sink takes bytes again. @returns whether some of what waited went out */
  flush(): boolean {
    const rest = this.#remainder;
    if (rest === null) return false;
    const taken = this.#sink.write(rest);
    if (taken <= 0) return false; // -1: the sink's end is being told to the relay
    this.#remainder = taken === rest.length ? null : rest.subarray(taken);
    if (this.#remainder !== null) return true;
    if (!this.#isThrottled) this.#source.resume();
    this.#finishIfDone();
    return true;
  }

  /** Nothing has moved for a while. */
  rest(): void {
    this.#stage.rest?.();
  }

  goOn(): void {
    this.#isThrottled = false;
    if (this.#remainder === null) this.#source.resume();
  }

  /** The sink is gone: there is nothing left to do. */
  abandon(): void {
    this.#remainder = null;
    this.isFinished = true;
  }

  /** The relay is over: nothing may call back later. */
  drop(): void {
    this.#remainder = null;
    this.#rate?.forget(this);
  }

  #send(out: Uint8Array): void {
    if (this.#remainder !== null) {
      // A chunk that was on its way when the source was paused.
      this.#remainder = concat(this.#remainder, out);
      return;
    }
    const taken = this.#sink.write(out);
    if (taken < 0 || taken === out.length) return;
    this.#remainder = new Uint8Array(out.subarray(taken)); // copied: `out` may be a scratch buffer
    this.#source.pause();
  }

  #finishIfDone(): void {
    if (!this.#hasSourceEnded || this.#remainder !== null || this.isFinished) return;
    this.isFinished = true;
    this.#sink.finish();
    this.#owner.finished();
  }
}
