import type { Conn } from '../net/conn.ts';
import { bufferSizes } from '../net/socket-options.ts';
import { writeProxyHeader } from '../wire/proxy-header.ts';
import type { Governor } from './governor.ts';
import type { Ledger } from './ledger.ts';
import type { Policy } from './policy.ts';
import { type Meter, Relay, type RelayEnd } from './relay.ts';
import { type Session, SWEEP_MS } from './session-table.ts';
import { type Stage, VERBATIM } from './stages.ts';
import { type StrangerRate, StrangerRates } from './stranger-rates.ts';
import { WayBuffers } from './way-buffers.ts';

/**
 * The site's own time limits end a splice; this one only frees what both sides have forgotten, and is far
 * longer than any web server waits.
 */
export const SPLICE_IDLE_MS = 30 * 60_000;
/** The kernel doubles what it is told, for its own book-keeping, and tells the double. */
const KERNEL_FACTOR = 2;

/** The strangers that are joined to a fronted site: how many, with what buffers, at what rate. */
export class Splices {
  readonly #ledger: Ledger;
  readonly #governor: Governor;
  readonly #rates = new StrangerRates();
  readonly #standing = new Set<Session>();

  constructor(ledger: Ledger, governor: Governor) {
    this.#ledger = ledger;
    this.#governor = governor;
  }

  /** Joins a stranger to its site until one of them ends it: every byte as it came. */
  async join(session: Session, site: Conn, policy: Policy, uplink: Stage): Promise<RelayEnd> {
    const { mask } = policy;
    if (this.#standing.size >= mask.maxSplices) this.#closeQuietest();
    this.#standing.add(session);
    this.#ledger.splicing += 1;
    try {
      return await this.#relay(session, site, policy, uplink).done;
    } finally {
      this.#standing.delete(session);
      this.#ledger.splicing -= 1;
    }
  }

  #relay(session: Session, site: Conn, { mask, limits }: Policy, uplink: Stage): Relay {
    const { client, peer } = session;
    const rate = this.#rates.of(peer.ip, mask);
    this.#setBuffers(session, site, limits);
    session.reader?.release();
    session.reader = null;
    session.idleSweeps = Math.ceil(SPLICE_IDLE_MS / SWEEP_MS);
    session.relay = new Relay({
      client,
      far: site,
      ...(mask.proxyProtocol !== 0 && { opening: writeProxyHeader(mask.proxyProtocol, peer, client.local) }),
      uplink,
      downlink: VERBATIM,
      uplinkRate: rate.throttle(),
      downlinkRate: rate.throttle(),
      meter: new SpliceMeter(session, this.#ledger, rate),
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
    for (const session of this.#standing) {
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

  constructor(session: Session, ledger: Ledger, rate: StrangerRate) {
    this.#session = session;
    this.#ledger = ledger;
    this.#rate = rate;
  }

  countUplink(bytes: number): boolean {
    this.#session.uplinkBytes += bytes;
    this.#ledger.strangerUplinkBytes += bytes;
    this.#session.uplinkBuffers?.count(bytes, this.#rate.bytesPerSecond);
    return true;
  }

  countDownlink(bytes: number): boolean {
    this.#session.downlinkBytes += bytes;
    this.#ledger.strangerDownlinkBytes += bytes;
    this.#session.downlinkBuffers?.count(bytes, this.#rate.bytesPerSecond);
    return true;
  }
}
