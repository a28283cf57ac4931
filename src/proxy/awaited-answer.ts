import type { Endpoint } from '../net/endpoint.ts';
import type { Fault } from '../telegram/standing.ts';
import type { Outcome } from './outcome.ts';
import type { Plane } from './plane.ts';
import type { Session } from './session-table.ts';

/**
 * Sweeps of silence after which an address is blamed though the client still waits: 5 s, far above any round trip, and once
 * more 9 s, a moment before Telegram's apps give up and come back, so that they find the other address then.
 */
const SILENT_SWEEPS: readonly number[] = [10, 18];
/** Sweeps that a client has to have waited for its leaving to be a complaint: 1 s. One that leaves sooner has other reasons. */
const PATIENT_SWEEPS = 2;
/** A data centre that ends a session before the client's first word is blamed within so many sweeps, 10 s; later it tidies up. */
const EARLY_SWEEPS = 20;
/**
 * Sweeps of silence that a data centre is given when its client has left, 2 s: it should have closed by then. Without an end the
 * session would keep its user's place for as long as idle ones may last.
 */
const LEFT_SWEEPS = 4;

/** Ends of a session that its data centre may have caused by not answering. */
const DOUBTFUL: readonly Outcome[] = ['served', 'reset', 'idle'];

/**
 * Watches whether a session's data centre ever answers, and tells the dialer, which prefers addresses that do. Silence counts
 * from the client's last byte, if there was one: a phone that only holds its connection open deserves no answer.
 */
export class AwaitedAnswer {
  readonly #session: Session;
  readonly #plane: Plane;
  readonly #dc: number;
  readonly #address: Endpoint;
  /** Since the relay began; since the client's last byte; since the client left. */
  #sweeps = 0;
  #silentSweeps = 0;
  #leftSweeps = 0;
  #uplinkBytes = 0;
  #endedBy: 'client' | 'far' | null = null;
  #hasBlamed = false;

  /** @param address that of the data centre's connection */
  constructor(session: Session, plane: Plane, dc: number, address: Endpoint) {
    this.#session = session;
    this.#plane = plane;
    this.#dc = dc;
    this.#address = address;
  }

  /** Half a second of the relay is over. */
  sweep(): void {
    if (this.#hasCome()) return;
    const { uplinkBytes, relay } = this.#session;
    this.#sweeps += 1;
    if (uplinkBytes > this.#uplinkBytes) {
      this.#uplinkBytes = uplinkBytes;
      return;
    }
    if (uplinkBytes > 0) {
      this.#silentSweeps += 1;
      if (SILENT_SWEEPS.includes(this.#silentSweeps)) this.#blame('silent');
    }
    if (this.#endedBy === 'client' && relay?.isDelivering !== true) this.#leftSweeps += 1;
    if (this.#leftSweeps < LEFT_SWEEPS) return;
    if (uplinkBytes > 0 && !this.#hasBlamed) this.#blame('silent');
    relay?.stop('served');
  }

  /** One side has sent its FIN or RST, the other not yet. */
  ended(by: 'client' | 'far'): void {
    if (this.#hasCome() || this.#endedBy !== null) return;
    this.#endedBy = by;
    const hasSpoken = this.#session.uplinkBytes > 0;
    if (this.#hasBlamed) return;
    if (by === 'client' && hasSpoken && this.#silentSweeps >= PATIENT_SWEEPS) this.#blame('silent');
    if (by === 'far' && (hasSpoken || this.#sweeps < EARLY_SWEEPS)) this.#blame('closed');
  }

  /** The relay is over. @returns what the session's end was in truth */
  judge(end: Outcome): Outcome {
    if (this.#hasCome() || !this.#hasBlamed || !DOUBTFUL.includes(end)) return end;
    this.#plane.ledger.dataCenter(this.#dc).sessionsUnanswered += 1;
    return 'unanswered';
  }

  /** @returns whether the answer has come; nothing is awaited any more then */
  #hasCome(): boolean {
    if (this.#session.downlinkBytes === 0) return false;
    this.#session.answer = null;
    this.#plane.dialer.answered(this.#dc, this.#address);
    this.#plane.complaints.dcWorks(this.#dc);
    return true;
  }

  #blame(fault: Fault): void {
    this.#hasBlamed = true;
    this.#plane.dialer.unanswered(this.#dc, this.#address, fault);
  }
}
