import type { Conn, Consumer } from '../net/conn.ts';
import { queuedBytes } from '../net/socket-options.ts';
import type { Outcome } from './outcome.ts';
import { BareOutlet, type Outlet } from './outlet.ts';
import { Pump, type PumpOwner } from './pump.ts';
import type { Throttle } from './rate-limit.ts';
import type { Stage } from './stages.ts';

/** Where a relay's bytes are counted. */
export interface Meter {
  /** @returns false when the user may move no more */
  countUplink(bytes: number): boolean;
  countDownlink(bytes: number): boolean;
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

export type RelayEnd = Extract<Outcome, 'served' | 'reset' | 'violation' | 'quota' | 'idle' | 'cut' | 'memory'>;

/** Both ways of a session: two pumps over two connections. Half-close passes through, a reset stays a reset. */
export class Relay implements Consumer, PumpOwner {
  /** Something moved since it was last looked at (see `SessionTable`). */
  isActive = true;
  readonly #client: Conn;
  readonly #far: Conn;
  readonly #up: Pump;
  readonly #down: Pump;
  readonly #meter: Meter;
  #end: RelayEnd | null = null;
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
    if (conn === this.#client) this.#up.end();
    else this.#down.end();
  }

  onWritable(conn: Conn): void {
    const pump = conn === this.#client ? this.#down : this.#up;
    if (pump.flush()) this.isActive = true; // to a slow reader: nothing new is read from its other side meanwhile
  }

  /** One side is gone. In order: what it sent before still goes out. By reset: the other side is reset too. */
  onClosed(conn: Conn, wasReset: boolean): void {
    const [from, to, other] =
      conn === this.#client ? [this.#up, this.#down, this.#far] : [this.#down, this.#up, this.#client];
    if (wasReset) {
      if (this.#isOver('reset')) other.reset();
      return;
    }
    to.abandon();
    from.end();
    this.finished();
  }

  moved(bytes: number, pump: Pump): boolean {
    this.isActive = true;
    const mayGoOn = pump === this.#up ? this.#meter.countUplink(bytes) : this.#meter.countDownlink(bytes);
    if (!mayGoOn) this.stop('quota');
    return mayGoOn;
  }

  finished(): void {
    if (!this.#up.isFinished || !this.#down.isFinished) return;
    this.stop('served');
  }

  violated(): void {
    this.stop('violation');
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
