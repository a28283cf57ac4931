import { askName, isSameAnswer, type NameVisit } from '../front/ask-name.ts';
import { askPage, isPageOf, type PageAnswer } from '../front/ask-page.ts';
import type { OwnMarks } from '../front/own-marks.ts';
import type { SiteAddress } from '../front/visit-site.ts';
import type { Random } from '../kit/bytes.ts';
import { endpointText } from '../net/endpoint.ts';
import { unknownNameLike } from '../wire/tls/unknown-name.ts';
import { RecentMap } from './recent-map.ts';

/**
 * What a stranger gets who asks for a name that is not ours: the site as it is, where it has nothing else for that name than for an
 * unknown one; the site under a name that it does not know, where it refuses those; or the end of the connection, where
 * the name is another site of the same address.
 */
export type ForeignVerdict = 'as-it-is' | 'as-unknown' | 'refused';

/** How long an answer holds. */
const LEARNED_MS = 3 * 3_600_000;
/** And a silence, which may have been a lost packet. */
const SILENCE_MS = 60_000;
const MAX_SITES = 64;
const MAX_NAMES = 1_024;
/** Questions of each kind at once: strangers can ask for any name. Of more, the name is refused. */
const MAX_QUESTIONS = 8;

interface Learned<T> {
  readonly found: T;
  readonly untilMs: number;
}

/** Two pages of an unknown name, to see whether they are always the same. */
type PagePair = readonly [PageAnswer, PageAnswer];

export interface ForeignNamesParts {
  readonly marks: OwnMarks;
  readonly random: Random;
  readonly now?: () => number;
}

/** Learns what sites have for names that are not ours. */
export class ForeignNames {
  readonly #parts: ForeignNamesParts;
  readonly #now: () => number;
  /** For a name that nobody knows, by site. */
  readonly #unknown = new RecentMap<Learned<NameVisit>>(MAX_SITES);
  readonly #unknownPages = new RecentMap<Learned<PagePair>>(MAX_SITES);
  /** By site and name. */
  readonly #named = new RecentMap<Learned<NameVisit>>(MAX_NAMES);
  /** Of names whose answer is that of unknown ones. */
  readonly #namedPages = new RecentMap<Learned<PageAnswer>>(MAX_NAMES);
  /** Of each kind, by key. */
  readonly #underWay = new Map<unknown, Map<string, Promise<void>>>();
  readonly #closing = new AbortController();

  constructor(parts: ForeignNamesParts) {
    this.#parts = parts;
    this.#now = parts.now ?? (() => performance.now());
  }

  /** @returns null while it is not known */
  verdict(site: SiteAddress, name: string): ForeignVerdict | null {
    const unknown = this.#unknown.get(keyOf(site))?.found.answer;
    if (unknown === undefined || unknown.kind === 'unreachable') return null;
    if (unknown.kind === 'refused') return 'as-unknown';
    const named = this.#named.get(keyOf(site, name))?.found.answer;
    if (named === undefined || named.kind === 'unreachable') return null;
    if (named.kind === 'refused') return 'as-it-is';
    if (!isSameAnswer(unknown, named)) return 'refused';
    if (named.kind === 'silent') return 'as-it-is';
    const page = this.#namedPages.get(keyOf(site, name))?.found;
    const pages = this.#unknownPages.get(keyOf(site))?.found;
    if (page === undefined || pages === undefined) return null;
    return isPageOf(page, pages) ? 'as-it-is' : 'refused';
  }

  /** Learns what there is to learn for a verdict. */
  async learn(site: SiteAddress, name: string): Promise<void> {
    const key = keyOf(site, name);
    await this.learnUnknown(site, name);
    const unknown = this.#unknown.get(keyOf(site))?.found.answer;
    if (unknown === undefined || unknown.kind === 'refused' || unknown.kind === 'unreachable') return;
    await this.#once(this.#named, key, () => this.#ask(site, name), holdsMs);
    const named = this.#named.get(key)?.found;
    if (named === undefined || named.answer.kind === 'silent' || !isSameAnswer(unknown, named.answer)) return;
    // The certificate is the same: it may be one for several sites.
    const pageOf = (asked: string) => this.#pageOf(site, named.ip, asked);
    const unknownPage = () => pageOf(unknownNameLike(name, this.#parts.random));
    await Promise.all([
      this.#once(this.#namedPages, key, () => pageOf(name)),
      this.#once(this.#unknownPages, keyOf(site), async () => [await unknownPage(), await unknownPage()] as const),
    ]);
  }

  /** Learns what the site has for a name that it does not know. @param like a name of which it has the shape */
  async learnUnknown(site: SiteAddress, like: string): Promise<void> {
    const ask = () => this.#ask(site, unknownNameLike(like, this.#parts.random));
    await this.#once(this.#unknown, keyOf(site), ask, holdsMs);
  }

  close(): void {
    this.#closing.abort();
  }

  #ask(site: SiteAddress, name: string): Promise<NameVisit> {
    const { marks, random } = this.#parts;
    return askName(site, name, marks, random, this.#closing.signal);
  }

  #pageOf(site: SiteAddress, ip: string, name: string): Promise<PageAnswer> {
    const { endpoint } = site;
    const place = 'unix' in endpoint ? endpoint : { host: ip, port: endpoint.port };
    return askPage({ ...site, endpoint: place }, name, this.#closing.signal);
  }

  /** Asks what is neither known nor asked already. */
  async #once<T>(
    known: RecentMap<Learned<T>>,
    key: string,
    ask: () => Promise<T>,
    holds: (found: T) => number = () => LEARNED_MS,
  ): Promise<void> {
    if ((known.get(key)?.untilMs ?? 0) > this.#now()) return;
    const underWay = this.#underWay.get(known) ?? new Map<string, Promise<void>>();
    this.#underWay.set(known, underWay);
    if (!underWay.has(key) && underWay.size < MAX_QUESTIONS) {
      const asking = ask().then((found) => known.set(key, { found, untilMs: this.#now() + holds(found) }));
      underWay.set(
        key,
        asking.finally(() => underWay.delete(key)),
      );
    }
    await underWay.get(key);
  }
}

function holdsMs({ answer }: NameVisit): number {
  if (answer.kind === 'unreachable') return 0;
  return answer.kind === 'silent' ? SILENCE_MS : LEARNED_MS;
}

function keyOf({ endpoint }: SiteAddress, name = ''): string {
  return `${endpointText(endpoint)} ${name}`;
}
