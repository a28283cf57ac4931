import type { SiteAddress } from '../front/visit-site.ts';
import { dialBuffers } from './buffer-sizes.ts';
import type { Governor } from './governor.ts';
import type { Ledger } from './ledger.ts';
import { NameGuard } from './name-guard.ts';
import type { Outcome, StrangerReason } from './outcome.ts';
import type { Policy } from './policy.ts';
import type { Session } from './session-table.ts';
import { SPLICE_IDLE_MS, Splices } from './splices.ts';
import { visitorOf } from './visitor.ts';
import { type WayParts, WayToSite } from './way-to-site.ts';

const NO_BYTES = new Uint8Array(0);

export interface MaskParts extends WayParts {
  readonly ledger: Ledger;
  readonly governor: Governor;
  /** How many sessions stand. */
  readonly sessions: () => number;
  /** Where a domain's site is. */
  readonly siteOf: (domain: string) => SiteAddress;
}

/** Takes strangers in: they are spliced to the fronted site, or with masking off read and discarded. */
export class Mask {
  readonly #parts: MaskParts;
  readonly #way: WayToSite;
  readonly #splices: Splices;

  constructor(parts: MaskParts) {
    this.#parts = parts;
    this.#way = new WayToSite(parts);
    this.#splices = new Splices(parts.ledger, parts.governor);
  }

  /** A fronted site has answered: learns ahead what the first strangers would otherwise have to wait for. */
  prepare(domain: string, policy: Policy): void {
    if (policy.mask.enabled) this.#way.prepare(this.#parts.siteOf(domain), domain, policy);
  }

  /** Serves a stranger to its end. Every byte read so far is still in the session's reader and goes to the site. */
  async receive(session: Session, reason: StrangerReason, policy: Policy): Promise<Outcome> {
    const { ledger, marks } = this.#parts;
    const first = session.reader?.bytes ?? NO_BYTES;
    const mark = marks.find(first);
    if (mark !== null) return this.#answerMark(session, mark);
    ledger.strangers[reason] += 1;
    return policy.mask.enabled ? this.#lead(session, first, policy) : this.#discard(session);
  }

  close(): void {
    this.#way.close();
  }

  async #lead(session: Session, first: Uint8Array, policy: Policy): Promise<Outcome> {
    const { siteOf, governor, sessions, random } = this.#parts;
    const visitor = visitorOf(first, policy);
    const site = siteOf(visitor.domain);
    const sinceMs = this.#splices.unansweredSince(visitor.likeness);
    const buffers = dialBuffers(policy.limits, governor.level, sessions());
    const conn = await this.#way.reach(session, { visitor, site, sinceMs, buffers }, policy);
    if (typeof conn === 'string') return conn;
    const guard = new NameGuard((name) => this.#way.verdict(name, site, policy), random);
    const end = await this.#splices.join(session, conn, policy, guard, visitor.likeness);
    return end === 'violation' ? 'unknown-sni' : 'masked';
  }

  /** What we have said to a site came in here: who said it is told so, and nobody else could tell. */
  #answerMark(session: Session, mark: Uint8Array): Outcome {
    this.#way.cameBack(mark);
    session.client.write(this.#parts.marks.echoOf(mark));
    return 'site-unreachable';
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
}
