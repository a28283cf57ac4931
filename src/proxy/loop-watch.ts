import { markedRequest, markHello, type OwnMarks } from '../front/own-marks.ts';
import { type Reading, type SiteAddress, type Standing, visitSite } from '../front/visit-site.ts';
import { hex, type Random } from '../kit/bytes.ts';
import { endpointText } from '../net/endpoint.ts';
import { buildClientHello } from '../wire/tls/synthetic-hello.ts';
import { RecentMap } from './recent-map.ts';

/** What somebody says to a site first: a balancer on the way may lead each elsewhere. */
export type Speech =
  | { readonly kind: 'hello'; readonly name: string | null }
  | { readonly kind: 'text'; readonly host: string };

/** @param ip of the site, as far as its name was resolved; empty for a unix socket */
export type LoopVerdict =
  | { readonly kind: 'clear' | 'loop'; readonly ip: string; readonly atMs: number }
  | { readonly kind: 'unreachable'; readonly reason: string };

/** Whoever has not answered in so long a time is not ourselves: that takes one way round. */
const PATIENCE_MS = 400;
/** A site that is none of ours is looked at anew after so long, beside what goes on. */
const TRUST_MS = 3 * 3_600_000;
/** One that leads back is looked at again after so long, when somebody comes. */
const RETRY_MS = 60_000;
/** Sites, by what is said to them, with what was seen; marks on their way. */
const MAX_SITES = 512;
const MAX_MARKS = 64;

export interface LoopWatchParts {
  readonly marks: OwnMarks;
  readonly random: Random;
  readonly now?: () => number;
}

/**
 * Finds out whether a site leads back to this proxy, whatever its address says: behind address translation, a published port or a
 * balancer no interface has it. Before the first stranger is led to a site, the site is told something with a mark of ours; when
 * that comes in at our own listener, strangers would go round without end.
 */
export class LoopWatch {
  readonly #parts: LoopWatchParts;
  readonly #now: () => number;
  readonly #verdicts = new RecentMap<Exclude<LoopVerdict, { kind: 'unreachable' }>>(MAX_SITES);
  readonly #underWay = new Map<string, Promise<LoopVerdict>>();
  readonly #sent = new RecentMap<string>(MAX_MARKS);
  readonly #closing = new AbortController();

  constructor(parts: LoopWatchParts) {
    this.#parts = parts;
    this.#now = parts.now ?? (() => performance.now());
  }

  /**
   * @param sinceMs what was seen before that, on the monotonic clock, does not count
   * @returns at once when it is known
   */
  look(site: SiteAddress, speech: Speech, sinceMs = Number.NEGATIVE_INFINITY): LoopVerdict | Promise<LoopVerdict> {
    const key = keyOf(site, speech);
    const known = this.#verdicts.get(key);
    if (known === undefined || known.atMs < sinceMs) return this.#ask(key, site, speech);
    const age = this.#now() - known.atMs;
    if (known.kind === 'loop') return age < RETRY_MS ? known : this.#ask(key, site, speech);
    if (age > TRUST_MS) void this.#ask(key, site, speech);
    return known;
  }

  /** A mark of ours came in: an answer to it may have come too late for whoever waited for it. */
  cameBack(mark: Uint8Array): void {
    const key = this.#sent.get(hex(mark));
    if (key !== undefined) this.#verdicts.set(key, { kind: 'loop', ip: '', atMs: this.#now() });
  }

  close(): void {
    this.#closing.abort();
  }

  #ask(key: string, site: SiteAddress, speech: Speech): Promise<LoopVerdict> {
    const asked = this.#underWay.get(key) ?? this.#visit(key, site, speech).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, asked);
    return asked;
  }

  async #visit(key: string, site: SiteAddress, speech: Speech): Promise<LoopVerdict> {
    const { marks } = this.#parts;
    const startMs = this.#now();
    const mark = marks.make();
    this.#sent.set(hex(mark), key);
    const read = (bytes: Uint8Array, standing: Standing): Reading<'clear' | 'loop'> => {
      const echo = marks.isEcho(bytes, mark);
      if (echo === 'maybe' && standing === 'open') return { kind: 'more' };
      return { kind: 'done', result: echo !== false && bytes.length > 0 ? 'loop' : 'clear' };
    };
    const opening = this.#opening(speech, mark);
    const visit = await visitSite(site, { opening, answerMs: PATIENCE_MS, read }, this.#closing.signal);
    if (visit.kind === 'unreachable') return visit;
    const known = this.#verdicts.get(key);
    const hasComeBack = known?.kind === 'loop' && known.atMs >= startMs;
    const verdict = { kind: hasComeBack ? 'loop' : visit.result, ip: visit.ip, atMs: this.#now() };
    this.#verdicts.set(key, verdict);
    return verdict;
  }

  #opening(speech: Speech, mark: Uint8Array): Uint8Array {
    if (speech.kind === 'text') return markedRequest(mark, speech.host);
    return markHello(buildClientHello({ domain: speech.name, random: this.#parts.random }), mark);
  }
}

function keyOf({ endpoint }: SiteAddress, speech: Speech): string {
  return `${speech.kind === 'hello' ? (speech.name ?? '') : '/'} ${endpointText(endpoint)}`;
}
