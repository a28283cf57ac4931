import type { Log } from '../kit/log.ts';
import { Repeats } from '../kit/repeats.ts';
import type { Conn } from '../net/conn.ts';
import { dial } from '../net/dial.ts';
import { type Endpoint, endpointText } from '../net/endpoint.ts';
import { writeProxyHeader } from '../wire/proxy-header.ts';
import type { Ledger } from './ledger.ts';
import type { Outcome, StrangerReason } from './outcome.ts';
import type { MaskPolicy, Policy } from './policy.ts';
import { Relay } from './relay.ts';
import { type Session, SWEEP_MS } from './session-table.ts';
import { VERBATIM } from './stages.ts';

const CONNECT_TIMEOUT_MS = 5_000;
/**
 * The site's own time limits end a splice; this one only frees what both sides have forgotten, and is far
 * longer than any web server waits.
 */
const SPLICE_IDLE_MS = 30 * 60_000;
const COUNT_NOTHING = { countUplink: () => true, countDownlink: () => true };

/** Takes strangers in: they are spliced to the fronted site, or with masking off read and discarded. */
export class Mask {
  readonly #ledger: Ledger;
  readonly #log: Log;
  readonly #leadsBack: (target: Endpoint) => boolean;
  readonly #splices = new Set<Session>();
  readonly #repeats = new Repeats();

  /** @param parts.leadsBack whether a literal address is one of our own (a splice to it would never end) */
  constructor(parts: { ledger: Ledger; log: Log; leadsBack: (target: Endpoint) => boolean }) {
    this.#ledger = parts.ledger;
    this.#log = parts.log;
    this.#leadsBack = parts.leadsBack;
  }

  /**
   * Serves a stranger to its end. Every byte read so far is still in the session's reader and goes to the site.
   * @param serverName the name it asked for, where that was readable
   */
  async receive(session: Session, reason: StrangerReason, policy: Policy, serverName: string | null): Promise<Outcome> {
    this.#ledger.strangers[reason] += 1;
    if (!policy.mask.enabled) return this.#discard(session);
    const endpoint = this.#siteFor(policy, serverName);
    const dialing = dial({ endpoint, timeoutMs: CONNECT_TIMEOUT_MS, buffers: { receive: 0, send: 0 } });
    const result = await Promise.race([dialing.result, session.whenGone()]);
    if (result === 'closed') {
      dialing.cancel();
      return 'left';
    }
    if (result.kind === 'failed') return this.#unreachable(endpoint, result.reason);
    session.far = result.conn;
    const { ip, port } = result.conn.remote;
    if (this.#leadsBack('unix' in endpoint ? endpoint : { host: ip, port })) {
      return this.#unreachable(endpoint, 'it leads back to this proxy');
    }
    return this.#splice(session, result.conn, policy.mask);
  }

  #siteFor({ mask, tls: { domains } }: Policy, serverName: string | null): Endpoint {
    return mask.siteOf(serverName !== null && domains.includes(serverName) ? serverName : (domains[0] ?? ''));
  }

  async #splice(session: Session, site: Conn, mask: MaskPolicy): Promise<Outcome> {
    if (this.#splices.size >= mask.maxSplices) this.#closeQuietest();
    session.leaveLobby();
    this.#splices.add(session);
    this.#ledger.splicing += 1;
    try {
      await this.#relay(session, site, mask);
      return 'masked';
    } finally {
      this.#splices.delete(session);
      this.#ledger.splicing -= 1;
    }
  }

  /** As a web server that runs out of connections does: the one that has been idle longest is closed. */
  #closeQuietest(): void {
    let quietest: Session | null = null;
    for (const session of this.#splices) {
      if (quietest === null || session.quietSweeps > quietest.quietSweeps) quietest = session;
    }
    quietest?.relay?.stop('cut');
  }

  /** A PROXY header where the site wants one, then every byte as it came. */
  #relay(session: Session, site: Conn, { proxyProtocol }: MaskPolicy): Promise<Outcome> {
    session.reader?.release();
    session.idleSweeps = Math.ceil(SPLICE_IDLE_MS / SWEEP_MS);
    session.relay = new Relay({
      client: session.client,
      far: site,
      ...(proxyProtocol !== 0 && { opening: writeProxyHeader(proxyProtocol, session.peer, session.client.local) }),
      uplink: VERBATIM,
      downlink: VERBATIM,
      uplinkRate: null,
      downlinkRate: null,
      meter: COUNT_NOTHING,
    });
    return session.relay.done;
  }

  /** Reads on and says nothing, until the stranger leaves or the longest idle time is over. */
  async #discard(session: Session): Promise<Outcome> {
    const { reader } = session;
    session.giveTime(SPLICE_IDLE_MS);
    for (;;) {
      reader?.consume(reader.bytes.length);
      const event = await (reader?.next() ?? Promise.resolve('closed' as const));
      if (event !== 'bytes') return 'discarded';
    }
  }

  #unreachable(endpoint: Endpoint, reason: string): Outcome {
    const times = this.#repeats.count('unreachable');
    if (times !== null) {
      this.#log.warn('the fronted site cannot be reached: strangers see a closed connection', {
        site: endpointText(endpoint),
        reason,
        times,
      });
    }
    return 'site-unreachable';
  }
}
