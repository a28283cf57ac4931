import { concat } from '../kit/bytes.ts';
import { discard } from '../kit/discard.ts';
import type { Conn } from '../net/conn.ts';
import { unsentBytes } from '../net/peer-life.ts';
import type { Outlet } from './outlet.ts';
import type { Throttle, Throttled } from './rate-limit.ts';
import type { Stage } from './stages.ts';

/** What a pump reports to its relay. */
export interface PumpOwner {
  /** Bytes went through. @returns false when the user's quota is used up by them */
  moved(bytes: number, pump: Pump): boolean;
  /** It may go on: what the rate held back comes now. */
  resumed(): void;
  /** The source has ended and everything it sent was passed on, its FIN too if there was one. */
  finished(): void;
  /** The stage refused the stream. */
  violated(): void;
}

/**
 * One way of a session: what comes from `source` goes through the stage and the outlet to `sink`. While the kernel does
 * not take everything the source is paused and the rest kept: at most one unsent remainder.
 */
export class Pump implements Throttled {
  isFinished = false;
  readonly #source: Conn;
  readonly #sink: Conn;
  readonly #outlet: Outlet;
  readonly #stage: Stage;
  readonly #rate: Throttle | null;
  readonly #owner: PumpOwner;
  #remainder: Uint8Array | null = null;
  #isThrottled = false;
  /** How the source ended: by a FIN, or by being gone without one. */
  #sourceEnd: 'fin' | 'none' | null = null;

  constructor(source: Conn, sink: Conn, outlet: Outlet, stage: Stage, rate: Throttle | null, owner: PumpOwner) {
    this.#source = source;
    this.#sink = sink;
    this.#outlet = outlet;
    this.#stage = stage;
    this.#rate = rate;
    this.#owner = owner;
  }

  /** Sends bytes that are already as the sink wants them, before any others. */
  open(bytes: Uint8Array): void {
    this.#send(bytes);
  }

  /** The source is held back: by what is unsent, or by a rate. */
  get isHolding(): boolean {
    return !this.#isClear || this.#isThrottled;
  }

  /** Bytes from the source. */
  push(chunk: Uint8Array): void {
    if (this.isFinished) return; // abandoned: it is read, so that what is unread does not turn our close into a reset
    const { length } = chunk; // before it is discarded
    const out = this.#stage.apply(chunk);
    if (out === null) {
      this.#owner.violated();
      return;
    }
    if (out.length === 0) return;
    if (out !== chunk) discard(chunk);
    this.#send(out);
    if (!this.#owner.moved(length, this)) return;
    if (this.#rate?.charge(length, this)) {
      this.#isThrottled = true;
      this.#source.pause();
    }
  }

  /** The source sent FIN: it is passed on behind what is still unsent. */
  end(): void {
    this.#sourceEnd ??= 'fin';
    this.#finishIfDone();
  }

  /** The source is gone. What it sent goes out all the same, but without a FIN behind it if it had sent none. */
  breakOff(): void {
    this.#sourceEnd ??= 'none';
    this.#finishIfDone();
  }

  /** The sink takes bytes again. @returns whether some of what waited went out */
  flush(): boolean {
    if (!this.#outlet.isBlocked) return false;
    let hasMoved = this.#outlet.flush();
    const rest = this.#remainder;
    if (rest !== null && !this.#outlet.isBlocked) {
      const taken = this.#outlet.write(rest);
      if (taken > 0) hasMoved = true;
      this.#keepRest(rest, taken);
    }
    if (!this.#isClear) return hasMoved;
    if (!this.#isThrottled) this.#source.resume();
    this.#finishIfDone();
    return true;
  }

  /** Nothing has moved for a while. */
  rest(): void {
    this.#outlet.rest();
  }

  goOn(): void {
    this.#isThrottled = false;
    this.#owner.resumed();
    if (this.#isClear) this.#source.resume();
  }

  /** The sink is gone: nothing is passed on any more, and the source is read to its end. */
  abandon(): void {
    this.drop();
    this.isFinished = true;
    this.#source.resume();
  }

  /** The relay is over: nothing may call back later. */
  drop(): void {
    this.#remainder = null;
    this.#rate?.forget(this);
  }

  /** Everything was sent. */
  get #isClear(): boolean {
    return this.#remainder === null && !this.#outlet.isBlocked;
  }

  /** Where the sink's peer has finished too, our FIN closes the connection: not while something waits to be sent. The relay does it then. */
  get #wouldClose(): boolean {
    return this.#sink.hasEnded && this.#sink.isOpen && unsentBytes(this.#sink.fd) > 0;
  }

  #send(out: Uint8Array): void {
    if (this.#outlet.isBlocked) {
      // A chunk that was on its way when the source was paused.
      this.#remainder = this.#remainder === null ? out : concat(this.#remainder, out);
      return;
    }
    this.#keepRest(out, this.#outlet.write(out));
    if (this.#outlet.isBlocked) this.#source.pause();
  }

  /** @param taken -1: the sink's end is being told to the relay */
  #keepRest(bytes: Uint8Array, taken: number): void {
    if (taken < 0) return;
    const rest = taken === bytes.length ? null : bytes.subarray(taken);
    if (rest !== null && rest.length >= bytes.buffer.byteLength / 2) {
      this.#remainder = rest;
      return;
    }
    this.#remainder = rest === null ? null : new Uint8Array(rest); // copied: a short rest should not keep a long array alive
    discard(bytes);
  }

  #finishIfDone(): void {
    if (this.#sourceEnd === null || !this.#isClear || this.isFinished) return;
    this.isFinished = true;
    if (this.#sourceEnd === 'fin' && !this.#wouldClose) this.#sink.finish();
    this.#owner.finished();
  }
}
