import type { Log } from '../kit/log.ts';
import { Repeats } from '../kit/repeats.ts';
import { dial } from '../net/dial.ts';
import { type Endpoint, endpointText } from '../net/endpoint.ts';
import { dialBuffers } from './buffer-sizes.ts';
import type { Governor } from './governor.ts';
import type { Ledger } from './ledger.ts';
import type { Outcome, StrangerReason } from './outcome.ts';
import type { Policy } from './policy.ts';
import type { Session } from './session-table.ts';
import { SPLICE_IDLE_MS, Splices } from './splices.ts';
import { VERBATIM } from './stages.ts';

const CONNECT_TIMEOUT_MS = 5_000;

export interface MaskParts {
  readonly ledger: Ledger;
  readonly governor: Governor;
  readonly log: Log;
  /** How many sessions stand. */
  readonly sessions: () => number;
  /** Whether a literal address is one of our own: a splice to it would never end. */
  readonly leadsBack: (target: Endpoint) => boolean;
}

/** Takes strangers in: they are spliced to the fronted site, or with masking off read and discarded. */
export class Mask {
  readonly #parts: MaskParts;
  readonly #splices: Splices;
  readonly #repeats = new Repeats();

  constructor(parts: MaskParts) {
    this.#parts = parts;
    this.#splices = new Splices(parts.ledger, parts.governor);
  }

  /**
   * Serves a stranger to its end. Every byte read so far is still in the session's reader and goes to the site.
   * @param serverName the name it asked for, where that was readable
   */
  async receive(session: Session, reason: StrangerReason, policy: Policy, serverName: string | null): Promise<Outcome> {
    const { ledger, governor, sessions, leadsBack } = this.#parts;
    ledger.strangers[reason] += 1;
    if (!policy.mask.enabled) return this.#discard(session);
    const endpoint = this.#siteFor(policy, serverName);
    const buffers = dialBuffers(policy.limits, governor.level, sessions());
    const dialing = dial({ endpoint, timeoutMs: CONNECT_TIMEOUT_MS, buffers });
    const result = await Promise.race([dialing.result, session.whenGone()]);
    if (result === 'closed') {
      dialing.cancel();
      return 'left';
    }
    if (result.kind === 'failed') return this.#unreachable(endpoint, result.reason);
    session.far = result.conn;
    const { ip, port } = result.conn.remote;
    if (leadsBack('unix' in endpoint ? endpoint : { host: ip, port })) {
      return this.#unreachable(endpoint, 'it leads back to this proxy');
    }
    await this.#splices.join(session, result.conn, policy, VERBATIM);
    return 'masked';
  }

  #siteFor({ mask, tls: { domains } }: Policy, serverName: string | null): Endpoint {
    return mask.siteOf(serverName !== null && domains.includes(serverName) ? serverName : (domains[0] ?? ''));
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
      this.#parts.log.warn('the fronted site cannot be reached: strangers see a closed connection', {
        site: endpointText(endpoint),
        reason,
        times,
      });
    }
    return 'site-unreachable';
  }
}
