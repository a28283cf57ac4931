import type { Conn, Consumer } from '../net/conn.ts';
import { unacknowledgedBytes, unansweredMs, unsentBytes } from '../net/peer-life.ts';
import { queuedBytes } from '../net/socket-options.ts';
import type { Outcome } from './outcome.ts';
import { BareOutlet, type Outlet } from './outlet.ts';
import { Pump, type PumpOwner } from './pump.ts';
import type { Throttle } from './rate-limit.ts';
import type { Stage } from './stages.ts';

/** Where a relay's bytes are counted and its ends noted. */
export interface Meter {
  /** @returns false when the user may move no more */
  countUplink(bytes: number): boolean;
  countDownlink(bytes: number): boolean;
  /** A side has sent its FIN or RST, or is gone; may come more than once. */
  ended(by: 'client' | 'far'): void;
}

export interface RelayPlan {
  readonly client: Conn;
  /** The DC, or a stranger's fronted site. */
  readonly far: Conn;
  /** Sent to the far side before anything else. */
  readonly opening?: Uint8Array;
  readonly uplink: Stage;
  readonly downlink: Stage;
  /** How bytes leave to the client; as they are unless it says otherwise. */
  readonly clientOutlet?: Outlet;
  readonly uplinkRate: Throttle | null;
  readonly downlinkRate: Throttle | null;
  readonly meter: Meter;
}

export type RelayEnd = Extract<
  Outcome,
  'served' | 'reset' | 'violation' | 'quota' | 'idle' | 'vanished' | 'cut' | 'memory'
>;

/** How a relay ends when both its pumps are through. */
type Farewell = Extract<RelayEnd, 'served' | 'reset'>;

/** Looks of the sweep (500 ms apart) between two at whether the peers still answer. */
const LOOKS_PER_CHECK = 20;
const CHECK_MS = 10_000;
/** A peer that has answered at none of so many checks in a row, though something waited for it, is gone (110 s). */
const MOST_UNANSWERED_CHECKS = 11;
/** Our own FIN counts as one byte until it is acknowledged: nobody has to wait for that. */
const FIN_BYTES = 1;

/**
 * Both ways of a session: two pumps over two connections. Half-close passes through, a reset stays a reset, and whatever had come
 * before either is delivered first, however slowly the other side reads: a connection is let go when the kernel has nothing left
 * for it to send, since a close before that may lose it.
 */
export class Relay implements Consumer, PumpOwner {
  /** Something moved since it was last looked at (see `SessionTable`). */
  isActive = true;
  readonly #client: Conn;
  readonly #far: Conn;
  readonly #up: Pump;
  readonly #down: Pump;
  readonly #meter: Meter;
  #end: RelayEnd | null = null;
  /** Set once both pumps are through: what is left is what the kernel has not yet delivered. */
  #farewell: Farewell | null = null;
  /** A connection was reset. */
  #wasReset = false;
  #undelivered = 0;
  #looks = 0;
  #unansweredChecks = 0;
  #tellEnd: ((end: RelayEnd) => void) | null = null;

  constructor(plan: RelayPlan) {
    this.#client = plan.client;
    this.#far = plan.far;
    this.#meter = plan.meter;
    const { client, far } = plan;
    this.#up = new Pump(client, far, new BareOutlet(far), plan.uplink, plan.uplinkRate, this);
    const clientOutlet = plan.clientOutlet ?? new BareOutlet(client);
    this.#down = new Pump(far, client, clientOutlet, plan.downlink, plan.downlinkRate, this);
    if (plan.opening !== undefined) this.#up.open(plan.opening);
    plan.client.attach(this);
    plan.far.attach(this);
  }

  /** Resolves when it has ended. One waiter at a time, as with `whenEnded`. */
  get done(): Promise<RelayEnd> {
    return new Promise((resolve) => this.whenEnded(resolve));
  }

  /** @param tell called once, soon after it has ended: a session that waits so holds less than one that awaits a promise */
  whenEnded(tell: (end: RelayEnd) => void): void {
    this.#tellEnd = tell;
    if (this.#end !== null) this.#sayEnd(this.#end);
  }

  /** Called at every sweep of the sessions: ends what is delivered, and what nobody answers any more. */
  look(): void {
    if (this.#farewell !== null) this.#deliver(this.#farewell);
    this.#looks += 1;
    if (this.#looks % LOOKS_PER_CHECK === 0) this.#checkPeers();
  }

  /** Something that came from one side has not all arrived at the other. */
  get isDelivering(): boolean {
    return this.#up.isHolding || this.#down.isHolding || this.#conns.some(({ fd }) => unacknowledgedBytes(fd) > 0);
  }

  /** Nothing has moved for a while. */
  rest(): void {
    this.#up.rest();
    this.#down.rest();
  }

  /** Ends both connections now. */
  stop(end: RelayEnd): void {
    if (!this.#isOver(end)) return;
    this.#client.close();
    this.#far.close();
  }

  /** Ends both connections now, and frees at once what the kernel holds for them: what is unsent would outlive a FIN. */
  abort(end: RelayEnd): void {
    if (!this.#isOver(end)) return;
    const ends = [this.#client, this.#far].map((conn) => ({ conn, isHolding: queuedBytes(conn.fd).send > 0 }));
    for (const { conn, isHolding } of ends) {
      if (isHolding) conn.reset();
      else conn.close();
    }
  }

  onBytes(conn: Conn, chunk: Uint8Array): void {
    this.isActive = true;
    if (conn === this.#client) this.#up.push(chunk);
    else this.#down.push(chunk);
  }

  onEnd(conn: Conn): void {
    this.#noteEnd(conn);
    if (conn === this.#client) this.#up.end();
    else this.#down.end();
  }

  onWritable(conn: Conn): void {
    const pump = conn === this.#client ? this.#down : this.#up;
    if (pump.flush()) this.isActive = true; // to a slow reader: nothing new is read from its other side meanwhile
  }

  /** One side is gone. What it sent still goes out to the other, which is then told in the same way: by FIN, or by a reset. */
  onClosed(conn: Conn, wasReset: boolean): void {
    if (this.#end !== null) return;
    this.#noteEnd(conn);
    const [from, to] = conn === this.#client ? [this.#up, this.#down] : [this.#down, this.#up];
    if (wasReset) this.#wasReset = true;
    to.abandon();
    if (wasReset) from.breakOff();
    else from.end();
    this.finished();
  }

  moved(bytes: number, pump: Pump): boolean {
    this.isActive = true;
    const mayGoOn = pump === this.#up ? this.#meter.countUplink(bytes) : this.#meter.countDownlink(bytes);
    if (!mayGoOn) this.stop('quota');
    return mayGoOn;
  }

  /** A wait for a rate is no rest, however long it was. */
  resumed(): void {
    this.isActive = true;
  }

  finished(): void {
    if (this.#farewell !== null || !this.#up.isFinished || !this.#down.isFinished) return;
    this.#farewell = this.#wasReset ? 'reset' : 'served';
    // An end right behind what is on its way arrives behind it, as it does from whoever sent it. Only what waits for window must wait.
    if (this.#conns.every(({ fd }) => unsentBytes(fd) === 0)) this.#leave(this.#farewell);
    else this.#deliver(this.#farewell);
  }

  violated(): void {
    this.stop('violation');
  }

  #noteEnd(conn: Conn): void {
    if (this.#end === null) this.#meter.ended(conn === this.#client ? 'client' : 'far');
  }

  /** Those that still stand. */
  get #conns(): Conn[] {
    return [this.#client, this.#far].filter(({ isOpen }) => isOpen);
  }

  /** Leaves when the peers have everything; until then whatever they take counts as activity. */
  #deliver(farewell: Farewell): void {
    const left = this.#conns.map(({ fd }) => Math.max(0, unacknowledgedBytes(fd) - FIN_BYTES));
    const undelivered = left.reduce((sum, bytes) => sum + bytes, 0);
    if (undelivered === 0) {
      this.#leave(farewell);
      return;
    }
    if (undelivered !== this.#undelivered) this.isActive = true;
    this.#undelivered = undelivered;
  }

  #leave(farewell: Farewell): void {
    if (farewell === 'served') {
      this.stop('served');
      return;
    }
    if (this.#isOver('reset')) for (const conn of this.#conns) conn.reset();
  }

  /** The kernel itself would try for a quarter of an hour to reach a peer that has vanished. */
  #checkPeers(): void {
    const isUnanswered = this.#conns.some(({ fd }) => unansweredMs(fd) >= CHECK_MS);
    this.#unansweredChecks = isUnanswered ? this.#unansweredChecks + 1 : 0;
    if (this.#unansweredChecks >= MOST_UNANSWERED_CHECKS) this.abort('vanished');
  }

  /** @returns true for the first end, which counts */
  #isOver(end: RelayEnd): boolean {
    if (this.#end !== null) return false;
    this.#end = end;
    this.#up.drop();
    this.#down.drop();
    this.#sayEnd(end);
    return true;
  }

  /** Later, as whoever is told closes what is left: the connections must have got their FIN or RST from here. */
  #sayEnd(end: RelayEnd): void {
    const tell = this.#tellEnd;
    if (tell === null) return;
    this.#tellEnd = null;
    queueMicrotask(() => tell(end));
  }
}
