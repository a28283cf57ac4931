import { LOOP_REASON } from '../front/fronts.ts';
import type { OwnMarks } from '../front/own-marks.ts';
import type { SiteAddress } from '../front/visit-site.ts';
import type { Random } from '../kit/bytes.ts';
import type { Log } from '../kit/log.ts';
import { Repeats } from '../kit/repeats.ts';
import type { Conn } from '../net/conn.ts';
import { dial } from '../net/dial.ts';
import { type Endpoint, endpointText } from '../net/endpoint.ts';
import { RecentFirst } from '../net/recent-first.ts';
import type { FirstBuffers } from '../net/socket-options.ts';
import { unknownNameLike } from '../wire/tls/unknown-name.ts';
import { ForeignNames, type ForeignVerdict } from './foreign-names.ts';
import { LoopWatch, type Speech } from './loop-watch.ts';
import type { Outcome } from './outcome.ts';
import type { Policy } from './policy.ts';
import { NO_NEWS, type SessionNews } from './session-news.ts';
import type { Session } from './session-table.ts';
import type { Visitor } from './visitor.ts';

const CONNECT_TIMEOUT_MS = 5_000;
const READABLE_NAME = /^[a-z0-9._-]+$/;

export interface WayParts {
  readonly log: Log;
  readonly marks: OwnMarks;
  readonly random: Random;
  /** Whether a literal address is one of our own: a splice to it would never end. */
  readonly leadsBack: (target: Endpoint) => boolean;
  /** Hears of every site that strangers can't be joined to, and of one that they can be again. */
  readonly news?: SessionNews;
}

/** A stranger that is to be led to a site. */
export interface Errand {
  readonly visitor: Visitor;
  readonly site: SiteAddress;
  /** Since when somebody who says the same waits for the site's answer, on the monotonic clock; null: nobody does. */
  readonly sinceMs: number | null;
  readonly buffers: FirstBuffers;
}

/** Leads strangers to a fronted site: not to ourselves, and not to another site of its address. */
export class WayToSite {
  readonly #parts: WayParts;
  readonly #loops: LoopWatch;
  readonly #names: ForeignNames;
  readonly #repeats = new Repeats();
  /** Domains whose site could not be reached the last time. */
  readonly #failing = new Set<string>();
  readonly #news: SessionNews;
  /** Of the addresses of the sites' names. */
  readonly #preference = new RecentFirst();
  /** Stands for all names that are not ours, when it is asked where they lead. */
  readonly #foreignName: string;

  constructor(parts: WayParts) {
    this.#parts = parts;
    this.#news = parts.news ?? NO_NEWS;
    this.#loops = new LoopWatch(parts);
    this.#names = new ForeignNames(parts);
    this.#foreignName = unknownNameLike('www.example.org', parts.random);
  }

  /** Learns ahead what the first strangers would otherwise have to wait for. */
  prepare(site: SiteAddress, domain: string, { tls }: Policy): void {
    void this.#loops.look(site, { kind: 'hello', name: domain });
    if (tls.unknownSni === 'mask') void this.#names.learnUnknown(site, domain);
  }

  /** A mark of ours came in. */
  cameBack(mark: Uint8Array): void {
    this.#loops.cameBack(mark);
  }

  close(): void {
    this.#loops.close();
    this.#names.close();
  }

  /** Connects a stranger to its site, once it is known that this does not lead back to us and what its names are. */
  async reach(session: Session, errand: Errand, policy: Policy): Promise<Conn | Outcome> {
    const { visitor, site } = errand;
    const proof = await this.#prove(session, errand);
    if (typeof proof === 'string') return proof;
    if (await this.#isRefused(session, visitor.foreignName, site, policy)) {
      if (policy.tls.unknownSni === 'reset') session.client.reset();
      return 'unknown-sni';
    }
    const conn = await this.#dial(session, errand);
    if (typeof conn === 'string' || 'unix' in site.endpoint) return conn;
    const { ip, port } = conn.remote;
    if (this.#parts.leadsBack({ host: ip, port })) return this.#unreachable(errand, LOOP_REASON);
    if (ip === proof.ip) return conn;
    const again = await this.#prove(session, { ...errand, site: { ...site, endpoint: { host: ip, port } } });
    return typeof again === 'string' ? again : conn;
  }

  /** Makes sure that the site is not ourselves. */
  async #prove(session: Session, errand: Errand): Promise<{ ip: string } | Outcome> {
    const { visitor, site, sinceMs } = errand;
    const { speech, foreignName } = visitor;
    // The same bytes again, before anybody has answered them, are what a loop looks like: then just what they say is said.
    const asked: Speech =
      sinceMs === null && foreignName !== null ? { kind: 'hello', name: this.#foreignName } : speech;
    const verdict = await orGone(session, this.#loops.look(site, asked, sinceMs ?? undefined));
    if (verdict === 'gone') return 'left';
    if (verdict.kind === 'unreachable') return this.#unreachable(errand, verdict.reason);
    return verdict.kind === 'loop' ? this.#unreachable(errand, LOOP_REASON) : verdict;
  }

  async #isRefused(session: Session, name: string | null, site: SiteAddress, policy: Policy): Promise<boolean> {
    if (name === null) return false;
    if (policy.tls.unknownSni === 'mask') await orGone(session, this.#names.learn(site, name));
    return this.verdict(name, site, policy) === 'refused';
  }

  async #dial(session: Session, errand: Errand): Promise<Conn | Outcome> {
    const { site, visitor, buffers } = errand;
    const { endpoint } = site;
    const dialing = dial({ endpoint, timeoutMs: CONNECT_TIMEOUT_MS, buffers, preference: this.#preference });
    const result = await orGone(session, dialing.result);
    if (result === 'gone') {
      dialing.cancel();
      void dialing.result.then((late) => late.kind === 'connected' && late.conn.close()); // both came at once
      return 'left';
    }
    if (result.kind === 'failed') return this.#unreachable(errand, result.reason);
    session.far = result.conn;
    if (this.#failing.delete(visitor.domain)) this.#news.site(visitor.domain, null);
    return result.conn;
  }

  /** What to do with a name that a stranger asks this site for. */
  verdict(name: string, site: SiteAddress, { tls }: Policy): ForeignVerdict {
    if (tls.domains.includes(name)) return 'as-it-is';
    if (tls.unknownSni === 'reset') return 'refused';
    const verdict = this.#names.verdict(site, name) ?? 'refused';
    if (verdict === 'refused') this.#tellRefused(name, site);
    return verdict;
  }

  #tellRefused(name: string, { endpoint }: SiteAddress): void {
    const times = this.#repeats.count('foreign-name');
    if (times === null) return;
    const serverName = READABLE_NAME.test(name) ? name : '(unreadable)';
    this.#parts.log.info(
      'a stranger asked for another site at the address of the fronted one: refused (if it is yours, add its name to tls.domain)',
      { site: endpointText(endpoint), serverName, times },
    );
  }

  #unreachable({ visitor: { domain }, site }: Errand, reason: string): Outcome {
    this.#failing.add(domain);
    this.#news.site(domain, reason);
    const times = this.#repeats.count(reason === LOOP_REASON ? 'loop' : 'unreachable');
    if (times !== null) {
      this.#parts.log.warn('the fronted site cannot be reached: strangers see a closed connection', {
        site: endpointText(site.endpoint),
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
