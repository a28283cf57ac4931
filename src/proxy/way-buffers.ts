import type { Conn } from '../net/conn.ts';
import { queuedBytes, segmentBytes, setBufferSizes } from '../net/socket-options.ts';
import type { Want } from './buffer-budget.ts';
import { roomForSegments, type WaySizes } from './buffer-sizes.ts';
import type { Governor } from './governor.ts';

/** The kernel holds twice the size it is told, in the sink's socket and in the source's. */
const KERNEL_SHARE = 4;
/** What a pump keeps unsent is at most what one event brings. */
const MOST_UNSENT_BYTES = 512 * 1024;
/**
 * A buffer grows when the sink's peer has taken so many fills of it in a short time. What only waits in the sink does not
 * count: a reader that takes nothing must not make its own buffers grow.
 */
const FILLS_TO_GROW = 4;
/** The part of what was moved that counts on after a sweep: also with a round trip of half a second fills add up. */
const KEPT_SHARE = 7 / 8;
/** What a rate lets through in so long a time fits into the largest buffer. */
const RATE_SECONDS = 1 / 20;
/** Sweeps below an eighth of a fill each until it shrinks, a step at each further one. */
const CALM_SWEEPS = 8;

/**
 * The buffers on one way of a session: what the sink's socket sends and the source's receives. They double while bulk
 * moves and halve again afterwards; what is more than every session has is charged to the governor's budget.
 */
export class WayBuffers {
  size: number;
  readonly #source: Conn;
  readonly #sink: Conn;
  readonly #sizes: WaySizes;
  readonly #governor: Governor;
  /** Beside the sizes and without a charge: only a source on the same machine has more than 0. */
  readonly #leastReceive: number;
  #moved = 0;
  /** How much has to be moved until it is looked at whether to grow. */
  #enough = 0;
  #calmSweeps = 0;
  #rate = 0;

  constructor(source: Conn, sink: Conn, sizes: WaySizes, governor: Governor) {
    this.#leastReceive = roomForSegments(segmentBytes(source.fd));
    this.#source = source;
    this.#sink = sink;
    this.#sizes = sizes;
    this.#governor = governor;
    this.size = sizes.free;
    if (!this.#resize(governor.level === 'normal' ? sizes.start : sizes.low)) this.#apply();
  }

  /** Bytes went this way. @param rate bytes per second that may be moved; 0: no limit */
  count(bytes: number, rate = 0): void {
    this.#moved += bytes;
    this.#rate = rate;
    if (this.#moved >= this.#enough) this.#look();
  }

  /** Called at every sweep of the sessions. */
  sweep(): void {
    if (this.#governor.level !== 'normal') {
      if (this.size > this.#sizes.low) this.#resize(this.#sizes.low);
      return;
    }
    this.#moved *= KEPT_SHARE;
    if (this.size <= this.#sizes.start) return;
    this.#calmSweeps = this.#moved < this.size ? this.#calmSweeps + 1 : 0;
    if (this.#calmSweeps > CALM_SWEEPS || this.size > this.#mostForRate) this.#shrink();
  }

  /** The session is over: what is charged is given back, once, and nothing grows any more. */
  release(): void {
    this.#governor.budget.giveBack(this.#chargeOf(this.size));
    this.size = this.#sizes.free;
    this.#enough = Number.POSITIVE_INFINITY;
  }

  /** A larger buffer would only make the bursts of a rate longer. */
  get #mostForRate(): number {
    return this.#rate > 0 ? Math.floor(this.#rate * RATE_SECONDS) : Number.POSITIVE_INFINITY;
  }

  #look(): void {
    const { start, laterFills = FILLS_TO_GROW } = this.#sizes;
    const fills = this.size * (this.size > start ? laterFills : FILLS_TO_GROW);
    this.#enough = fills + (this.#moved < fills ? 0 : queuedBytes(this.#sink.fd).send);
    if (this.#moved >= this.#enough) this.#grow();
  }

  #grow(): void {
    this.#moved = 0;
    this.#enough = 0;
    this.#calmSweeps = 0;
    if (this.#governor.level !== 'normal') return;
    const { high } = this.#sizes;
    const largest = this.size < high ? high : this.#governor.mostBufferBytes;
    const most = Math.min(largest, this.#mostForRate);
    if (this.size < most) this.#resize(Math.min(most, this.size * 2));
  }

  /** Not while the memory is still held: the charge stands for it. */
  #shrink(): void {
    const next = Math.max(this.#sizes.start, Math.ceil(this.size / 2));
    const isHeld = queuedBytes(this.#sink.fd).send > 2 * next || queuedBytes(this.#source.fd).receive > 2 * next;
    if (!isHeld) this.#resize(next);
  }

  /** @returns false when the budget does not have it */
  #resize(size: number): boolean {
    const { budget } = this.#governor;
    const more = this.#chargeOf(size) - this.#chargeOf(this.size);
    if (more < 0) budget.giveBack(-more);
    else if (more > 0 && !budget.take(more, this.#wantOf(size))) return false;
    this.size = size;
    this.#apply();
    return true;
  }

  #apply(): void {
    if (this.#sink.isOpen) setBufferSizes(this.#sink.fd, { receive: 0, send: this.size });
    if (this.#source.isOpen) {
      setBufferSizes(this.#source.fd, { receive: Math.max(this.size, this.#leastReceive), send: 0 });
    }
  }

  #wantOf(size: number): Want {
    const { high, beyond = 'spare' } = this.#sizes;
    return size > high ? beyond : 'promised';
  }

  #chargeOf(size: number): number {
    return costOf(size) - costOf(Math.min(size, this.#sizes.free));
  }
}

/** Most memory that one way can hold with buffers of a size. */
function costOf(size: number): number {
  return KERNEL_SHARE * size + Math.min(size, MOST_UNSENT_BYTES);
}
