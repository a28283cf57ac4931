import type { Conn } from '../net/conn.ts';
import { bufferSizes } from '../net/socket-options.ts';
import { writeProxyHeader } from '../wire/proxy-header.ts';
import type { Governor } from './governor.ts';
import type { Ledger } from './ledger.ts';
import type { NameGuard } from './name-guard.ts';
import type { Policy } from './policy.ts';
import { type Meter, Relay, type RelayEnd } from './relay.ts';
import { type Session, SWEEP_MS } from './session-table.ts';
import { type StrangerRate, StrangerRates } from './stranger-rates.ts';
import { WayBuffers } from './way-buffers.ts';

/**
 * The site's own time limits end a splice; this one only frees what both sides have forgotten, and is far
 * longer than any web server waits.
 */
export const SPLICE_IDLE_MS = 30 * 60_000;
/** The kernel doubles what it is told, for its own book-keeping, and tells the double. */
const KERNEL_FACTOR = 2;

interface Splice {
  readonly likeness: string;
  readonly startMs: number;
  /** The site has said something. */
  isAnswered: boolean;
}

/** The strangers that are joined to a fronted site: how many, with what buffers, at what rate. */
export class Splices {
  readonly #ledger: Ledger;
  readonly #governor: Governor;
  readonly #rates = new StrangerRates();
  /** In the order in which they came. */
  readonly #standing = new Map<Session, Splice>();

  constructor(ledger: Ledger, governor: Governor) {
    this.#ledger = ledger;
    this.#governor = governor;
  }

  /**
   * Joins a stranger to its site until one of them ends it: every byte as it came, but for names that the guard changes.
   * @param likeness the same for strangers that say the same
   */
  async join(session: Session, site: Conn, policy: Policy, guard: NameGuard, likeness: string): Promise<RelayEnd> {
    const { mask } = policy;
    if (this.#standing.size >= mask.maxSplices) this.#closeQuietest();
    session.leaveLobby();
    const splice: Splice = { likeness, startMs: performance.now(), isAnswered: false };
    this.#standing.set(session, splice);
    this.#ledger.splicing += 1;
    try {
      return await this.#relay(session, site, policy, guard, splice).done;
    } finally {
      this.#standing.delete(session);
      this.#ledger.splicing -= 1;
    }
  }

  /** Since when somebody who says the same waits for the site's first byte, on the monotonic clock; null: nobody does. */
  unansweredSince(likeness: string): number | null {
    for (const splice of this.#standing.values()) {
      if (!splice.isAnswered && splice.likeness === likeness) return splice.startMs;
    }
    return null;
  }

  #relay(session: Session, site: Conn, { mask, limits }: Policy, guard: NameGuard, splice: Splice): Relay {
    const { client, peer, destination } = session;
    const rate = this.#rates.of(peer.ip, mask);
    this.#setBuffers(session, site, limits);
    session.reader?.release();
    session.reader = null;
    session.idleSweeps = Math.ceil(SPLICE_IDLE_MS / SWEEP_MS);
    session.relay = new Relay({
      client,
      far: site,
      ...(mask.proxyProtocol !== 0 && {
        opening: writeProxyHeader(mask.proxyProtocol, peer, destination ?? client.local),
      }),
      uplink: guard.uplink,
      downlink: guard.downlink,
      uplinkRate: rate.throttle(),
      downlinkRate: rate.throttle(),
      meter: new SpliceMeter(session, this.#ledger, rate, splice),
    });
    return session.relay;
  }

  #setBuffers(session: Session, site: Conn, limits: Policy['limits']): void {
    const { client } = session;
    const rule = this.#governor.ruleOf(limits);
    const receive = (bufferSizes(client.fd)?.receive ?? 0) / KERNEL_FACTOR;
    session.downlinkBuffers = new WayBuffers(site, client, rule.downToStranger, this.#governor);
    session.uplinkBuffers = new WayBuffers(client, site, rule.upFromStranger(receive), this.#governor);
  }

  /**
   * As a web server that runs out of connections does: the one that has been idle longest is closed. What it has not
   * read goes with it: it would stay in the kernel for minutes, and more come.
   */
  #closeQuietest(): void {
    let quietest: Session | null = null;
    for (const session of this.#standing.keys()) {
      if (quietest === null || session.quietSweeps > quietest.quietSweeps) quietest = session;
    }
    quietest?.relay?.abort('cut');
  }
}

/** Counts what a stranger moves: nobody's quota, but the operator's traffic. */
class SpliceMeter implements Meter {
  readonly #session: Session;
  readonly #ledger: Ledger;
  readonly #rate: StrangerRate;
  readonly #splice: Splice;

  constructor(session: Session, ledger: Ledger, rate: StrangerRate, splice: Splice) {
    this.#session = session;
    this.#ledger = ledger;
    this.#rate = rate;
    this.#splice = splice;
  }

  countUplink(bytes: number): boolean {
    this.#session.uplinkBytes += bytes;
    this.#ledger.strangerUplinkBytes += bytes;
    this.#session.uplinkBuffers?.count(bytes, this.#rate.bytesPerSecond);
    return true;
  }

  countDownlink(bytes: number): boolean {
    this.#splice.isAnswered = true;
    this.#session.downlinkBytes += bytes;
    this.#ledger.strangerDownlinkBytes += bytes;
    this.#session.downlinkBuffers?.count(bytes, this.#rate.bytesPerSecond);
    return true;
  }
  ended(): void {} // nobody waits for a site's answer as for a data centre's
}
