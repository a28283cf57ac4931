import { LOOP_COMPLAINT } from '../front/fronts.ts';
import type { OwnMarks } from '../front/own-marks.ts';
import type { SiteAddress } from '../front/visit-site.ts';
import type { Random } from '../kit/bytes.ts';
import type { Log } from '../kit/log.ts';
import { Repeats } from '../kit/repeats.ts';
import type { Conn } from '../net/conn.ts';
import { dial } from '../net/dial.ts';
import { type Endpoint, endpointText } from '../net/endpoint.ts';
import { RecentFirst } from '../net/recent-first.ts';
import { unknownNameLike } from '../wire/tls/unknown-name.ts';
import { dialBuffers } from './buffer-sizes.ts';
import { ForeignNames, type ForeignVerdict } from './foreign-names.ts';
import type { Governor } from './governor.ts';
import type { Ledger } from './ledger.ts';
import { LoopWatch, type Speech } from './loop-watch.ts';
import { NameGuard } from './name-guard.ts';
import type { Outcome, StrangerReason } from './outcome.ts';
import type { Policy } from './policy.ts';
import type { Session } from './session-table.ts';
import { SPLICE_IDLE_MS, Splices } from './splices.ts';
import { type Visitor, visitorOf } from './visitor.ts';

const CONNECT_TIMEOUT_MS = 5_000;
const READABLE_NAME = /^[a-z0-9._-]+$/;
const NO_BYTES = new Uint8Array(0);

export interface MaskParts {
  readonly ledger: Ledger;
  readonly governor: Governor;
  readonly log: Log;
  readonly marks: OwnMarks;
  readonly random: Random;
  /** How many sessions stand. */
  readonly sessions: () => number;
  /** Where a domain's site is. */
  readonly siteOf: (domain: string) => SiteAddress;
  /** Whether a literal address is one of our own: a splice to it would never end. */
  readonly leadsBack: (target: Endpoint) => boolean;
}

/** Takes strangers in: they are spliced to the fronted site, or with masking off read and discarded. */
export class Mask {
  readonly #parts: MaskParts;
  readonly #splices: Splices;
  readonly #loops: LoopWatch;
  readonly #names: ForeignNames;
  readonly #repeats = new Repeats();
  /** Of the addresses of the sites' names. */
  readonly #preference = new RecentFirst();
  /** Stands for all names that are not ours, when it is asked where they lead. */
  readonly #foreignName: string;

  constructor(parts: MaskParts) {
    this.#parts = parts;
    this.#splices = new Splices(parts.ledger, parts.governor);
    this.#loops = new LoopWatch(parts);
    this.#names = new ForeignNames(parts);
    this.#foreignName = unknownNameLike('www.example.org', parts.random);
  }

  /** Learns ahead what the first strangers would otherwise have to wait for. */
  prepare(domain: string, { mask, tls }: Policy): void {
    if (!mask.enabled) return;
    const site = this.#parts.siteOf(domain);
    void this.#loops.look(site, { kind: 'hello', name: domain });
    if (tls.unknownSni === 'mask') void this.#names.learnUnknown(site, domain);
  }

  /** Serves a stranger to its end. Every byte read so far is still in the session's reader and goes to the site. */
  async receive(session: Session, reason: StrangerReason, policy: Policy): Promise<Outcome> {
    const { ledger, marks, siteOf } = this.#parts;
    ledger.strangers[reason] += 1;
    if (!policy.mask.enabled) return this.#discard(session);
    const first = session.reader?.bytes ?? NO_BYTES;
    const mark = marks.find(first);
    if (mark !== null) return this.#answerMark(session, mark);
    const visitor = visitorOf(first, policy);
    const site = siteOf(visitor.domain);
    const reached = await this.#reach(session, visitor, site, policy);
    if (typeof reached === 'string') return reached;
    const guard = new NameGuard((name) => this.#verdict(name, site, policy), this.#parts.random);
    const end = await this.#splices.join(session, reached, policy, guard, visitor.likeness);
    return end === 'violation' ? 'unknown-sni' : 'masked';
  }

  close(): void {
    this.#loops.close();
    this.#names.close();
  }

  /** What we have said to a site came in here: who said it is told so, and nobody else could tell. */
  #answerMark(session: Session, mark: Uint8Array): Outcome {
    this.#loops.cameBack(mark);
    session.client.write(this.#parts.marks.echoOf(mark));
    return 'site-unreachable';
  }

  /** A connection to the site, once it is known that it does not lead back to us and what its names are. */
  async #reach(session: Session, visitor: Visitor, site: SiteAddress, policy: Policy): Promise<Conn | Outcome> {
    const proof = await this.#prove(session, visitor, site);
    if (typeof proof === 'string') return proof;
    if (await this.#isRefused(session, visitor.foreignName, site, policy)) return 'unknown-sni';
    const conn = await this.#dial(session, site, policy);
    if (typeof conn === 'string' || 'unix' in site.endpoint) return conn;
    const { ip, port } = conn.remote;
    if (this.#parts.leadsBack({ host: ip, port })) return this.#loop(site);
    if (ip === proof.ip) return conn;
    const again = await this.#prove(session, visitor, { ...site, endpoint: { host: ip, port } });
    return typeof again === 'string' ? again : conn;
  }

  /** Makes sure that the site is not ourselves. */
  async #prove(session: Session, visitor: Visitor, site: SiteAddress): Promise<{ ip: string } | Outcome> {
    const { speech, likeness, foreignName } = visitor;
    const sinceMs = this.#splices.unansweredSince(likeness);
    // The same bytes again, before anybody has answered them, are what a loop looks like: then just what they say is said.
    const asked: Speech =
      sinceMs === null && foreignName !== null ? { kind: 'hello', name: this.#foreignName } : speech;
    const verdict = await orGone(session, this.#loops.look(site, asked, sinceMs ?? undefined));
    if (verdict === 'gone') return 'left';
    if (verdict.kind === 'unreachable') return this.#unreachable(site.endpoint, verdict.reason);
    return verdict.kind === 'loop' ? this.#loop(site) : verdict;
  }

  async #isRefused(session: Session, name: string | null, site: SiteAddress, policy: Policy): Promise<boolean> {
    if (name === null) return false;
    if (policy.tls.unknownSni === 'mask') await orGone(session, this.#names.learn(site, name));
    return this.#verdict(name, site, policy) === 'refused';
  }

  async #dial(session: Session, { endpoint }: SiteAddress, { limits }: Policy): Promise<Conn | Outcome> {
    const { governor, sessions } = this.#parts;
    const buffers = dialBuffers(limits, governor.level, sessions());
    const dialing = dial({ endpoint, timeoutMs: CONNECT_TIMEOUT_MS, buffers, preference: this.#preference });
    const result = await orGone(session, dialing.result);
    if (result === 'gone') {
      dialing.cancel();
      void dialing.result.then((late) => late.kind === 'connected' && late.conn.close()); // both came at once
      return 'left';
    }
    if (result.kind === 'failed') return this.#unreachable(endpoint, result.reason);
    session.far = result.conn;
    return result.conn;
  }

  #verdict(name: string, site: SiteAddress, { tls }: Policy): ForeignVerdict {
    if (tls.domains.includes(name)) return 'as-it-is';
    if (tls.unknownSni === 'reset') return 'refused';
    const verdict = this.#names.verdict(site, name) ?? 'refused';
    if (verdict === 'refused') this.#tellRefused(name, site);
    return verdict;
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

  #tellRefused(name: string, { endpoint }: SiteAddress): void {
    const times = this.#repeats.count('foreign-name');
    if (times === null) return;
    const serverName = READABLE_NAME.test(name) ? name : '(unreadable)';
    this.#parts.log.info(
      'a stranger asked the fronted site for another name that it serves: refused (if it is yours, add it to tls.domain)',
      { site: endpointText(endpoint), serverName, times },
    );
  }

  #loop({ endpoint }: SiteAddress): Outcome {
    const times = this.#repeats.count('loop');
    if (times !== null) this.#parts.log.error(LOOP_COMPLAINT, { site: endpointText(endpoint), times });
    return 'site-unreachable';
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

/** What comes first: the answer, or the stranger's end. */
function orGone<T>(session: Session, answer: T | Promise<T>): Promise<T | 'gone'> | T {
  if (!(answer instanceof Promise)) return answer;
  return Promise.race([answer, session.whenGone().then(() => 'gone' as const)]);
}
