import { askName, isSameAnswer, type NameAnswer } from '../front/ask-name.ts';
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
/** Questions about names at once: strangers can ask for any. Of more, the name is refused. */
const MAX_QUESTIONS = 8;

interface Learned {
  readonly answer: NameAnswer;
  readonly untilMs: number;
}

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
  readonly #unknown = new RecentMap<Learned>(MAX_SITES);
  /** By site and name. */
  readonly #named = new RecentMap<Learned>(MAX_NAMES);
  readonly #underWay = new Map<string, Promise<void>>();
  readonly #closing = new AbortController();

  constructor(parts: ForeignNamesParts) {
    this.#parts = parts;
    this.#now = parts.now ?? (() => performance.now());
  }

  /** @returns null while it is not known */
  verdict(site: SiteAddress, name: string): ForeignVerdict | null {
    const unknown = this.#unknown.get(keyOf(site))?.answer;
    if (unknown === undefined || unknown.kind === 'unreachable') return null;
    if (unknown.kind === 'refused') return 'as-unknown';
    const named = this.#named.get(keyOf(site, name))?.answer;
    if (named === undefined || named.kind === 'unreachable') return null;
    return named.kind === 'refused' || isSameAnswer(unknown, named) ? 'as-it-is' : 'refused';
  }

  /** Learns what there is to learn for a verdict. */
  async learn(site: SiteAddress, name: string): Promise<void> {
    const unknown = this.learnUnknown(site, name);
    if (this.#unknown.get(keyOf(site))?.answer.kind === 'refused') return unknown;
    await Promise.all([unknown, this.#learn(this.#named, keyOf(site, name), site, name)]);
  }

  /** Learns what the site has for a name that it does not know. @param like a name of which it has the shape */
  async learnUnknown(site: SiteAddress, like: string): Promise<void> {
    await this.#learn(this.#unknown, keyOf(site), site, unknownNameLike(like, this.#parts.random));
  }

  close(): void {
    this.#closing.abort();
  }

  #learn(known: RecentMap<Learned>, key: string, site: SiteAddress, name: string): Promise<void> | undefined {
    if ((known.get(key)?.untilMs ?? 0) > this.#now()) return undefined;
    const asked = this.#underWay.get(key);
    if (asked !== undefined) return asked;
    if (this.#underWay.size >= MAX_QUESTIONS && known === this.#named) return undefined;
    const asking = this.#ask(known, key, site, name).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, asking);
    return asking;
  }

  async #ask(known: RecentMap<Learned>, key: string, site: SiteAddress, name: string): Promise<void> {
    const { marks, random } = this.#parts;
    const answer = await askName(site, name, marks, random, this.#closing.signal);
    known.set(key, { answer, untilMs: this.#now() + holdsMs(answer) });
  }
}

function holdsMs({ kind }: NameAnswer): number {
  if (kind === 'unreachable') return 0;
  return kind === 'silent' ? SILENCE_MS : LEARNED_MS;
}

function keyOf({ endpoint }: SiteAddress, name = ''): string {
  return `${endpointText(endpoint)} ${name}`;
}
