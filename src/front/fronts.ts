import type { Random } from '../kit/bytes.ts';
import type { Log } from '../kit/log.ts';
import { endpointText } from '../net/endpoint.ts';
import type { ClientHello } from '../wire/tls/client-hello.ts';
import type { FlightShape } from '../wire/tls/server-flight.ts';
import { UNREACHED } from './ask-site.ts';
import { defaultProfile } from './default-profile.ts';
import type { OwnMarks } from './own-marks.ts';
import { profileText, readProfile, type SiteProfile, shapeOf } from './profile.ts';
import { LEADS_BACK, type Survey, surveySite, type Unfit } from './survey.ts';
import type { SiteAddress } from './visit-site.ts';

/** Keeps profiles beyond the process's life. */
export interface ProfileStore {
  profileTexts(): string[];
  /** Holds nobody up and never throws: it is written later, and again if need be. */
  saveProfileText(domain: string, text: string): void;
}

export interface FrontsParts {
  readonly store: ProfileStore;
  readonly log: Log;
  readonly random: Random;
  readonly marks: OwnMarks;
  /** Where a domain's site is asked. */
  readonly siteOf: (domain: string) => SiteAddress;
  /** A site has answered. */
  readonly onLearned?: (domain: string) => void;
  /** A site has got into trouble, or is out of it. */
  readonly onChange?: () => void;
}

/** Why a fronted site is of no use. */
export interface SiteTrouble {
  readonly kind: 'unreachable' | 'unfit';
  readonly reason: string;
}

/** A profile is learned anew after so long, and up to half as long again: sites renew certificates, and no clockwork shows. */
const REFRESH_MS = 3 * 3_600_000;
const FIRST_RETRY_MS = 15_000;
const LONGEST_RETRY_MS = 3_600_000;
/** However often somebody doubts a site it is asked no sooner after the last time. */
const DOUBT_PAUSE_MS = 60_000;

const ADVICE: Record<Exclude<Unfit, 'loop' | 'no-answer'>, string> = {
  tls12: 'front a site with TLS 1.3',
  retry: 'allow X25519 at the site, or front another domain',
  group: 'allow X25519 at the site, or front another domain',
  size: 'shorten its certificate chain, or front another domain',
};

/** Why a site that is this proxy cannot be reached, which no address need show, and what to do. */
export const LOOP_REASON = `${LEADS_BACK}: mask.host and mask.port have to say where the web server really is`;

/** The fronted sites: what each one's flight looks like, learned in the background and kept in the data folder. */
export class Fronts {
  readonly #parts: FrontsParts;
  readonly #profiles = new Map<string, SiteProfile>();
  readonly #timers = new Map<string, Timer>();
  /** Where each domain's site is asked. */
  readonly #places = new Map<string, string>();
  readonly #dueAtMs = new Map<string, number>();
  readonly #surveyedAtMs = new Map<string, number>();
  readonly #troubles = new Map<string, SiteTrouble>();
  /** What was last told of each domain's answer, so that it is told once. */
  readonly #told = new Map<string, string>();
  readonly #closing = new AbortController();

  constructor(parts: FrontsParts) {
    this.#parts = parts;
    for (const text of parts.store.profileTexts()) this.adopt(text);
  }

  /** What the flight for this hello has to look like. */
  shapeFor(domain: string, hello: ClientHello): FlightShape {
    let profile = this.#profiles.get(domain);
    if (profile === undefined) {
      profile = defaultProfile(domain);
      this.#profiles.set(domain, profile);
    }
    return shapeOf(profile, hello, this.#parts.random);
  }

  /** What the last survey of a domain found wrong; null: nothing, or it is not followed. */
  troubleOf(domain: string): SiteTrouble | null {
    return this.#troubles.get(domain) ?? null;
  }

  /** When a domain was last asked, by the monotonic clock. */
  surveyedAtMs(domain: string): number {
    return this.#surveyedAtMs.get(domain) ?? Number.NEGATIVE_INFINITY;
  }

  /** Somebody could not reach a domain's site, or can again: one that is followed is asked soon. */
  doubt(domain: string): void {
    const dueAtMs = this.#dueAtMs.get(domain) ?? Number.NEGATIVE_INFINITY;
    const now = performance.now();
    const soonMs = Math.max(now, this.surveyedAtMs(domain) + DOUBT_PAUSE_MS);
    if (dueAtMs <= soonMs) return;
    clearTimeout(this.#timers.get(domain));
    this.#schedule(domain, soonMs - now, 0);
  }

  /** Takes over what another process has learned. @param text as `ProfileStore` keeps it */
  adopt(text: string): void {
    const profile = readProfile(text);
    if (profile !== null) this.#profiles.set(profile.domain, profile);
  }

  /** Follows these domains from now on, and no others; one whose site stands elsewhere now is asked anew. */
  follow(domains: readonly string[]): void {
    for (const [domain, timer] of this.#timers) {
      if (domains.includes(domain) && this.#places.get(domain) === this.#placeOf(domain)) continue;
      clearTimeout(timer);
      for (const notes of [this.#timers, this.#dueAtMs, this.#surveyedAtMs, this.#troubles]) notes.delete(domain);
    }
    for (const domain of domains) if (!this.#timers.has(domain)) this.#schedule(domain, 0, 0);
  }

  close(): void {
    this.#closing.abort();
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #placeOf(domain: string): string {
    return endpointText(this.#parts.siteOf(domain).endpoint);
  }

  #schedule(domain: string, delayMs: number, failures: number): void {
    const timer: Timer = setTimeout(() => void this.#learn(domain, failures, timer), delayMs);
    timer.unref();
    this.#timers.set(domain, timer);
    this.#dueAtMs.set(domain, performance.now() + delayMs);
    this.#places.set(domain, this.#placeOf(domain));
  }

  /** @param timer the one that asked for it: another one meanwhile makes this survey void */
  async #learn(domain: string, failures: number, timer: Timer): Promise<void> {
    const { marks, random, siteOf } = this.#parts;
    const survey = await surveySite(domain, siteOf(domain), marks, random, this.#closing.signal);
    if (this.#closing.signal.aborted || this.#timers.get(domain) !== timer) return;
    this.#surveyedAtMs.set(domain, performance.now());
    this.#note(domain, troubleIn(survey));
    if (survey.kind === 'fit') {
      this.#take(survey.profile);
      this.#tellOnce(domain, survey.warnings.join('; '));
      this.#schedule(domain, REFRESH_MS * (1 + random(1)[0] / 512), 0);
      return;
    }
    this.#schedule(domain, Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures), failures + 1);
  }

  #take(profile: SiteProfile): void {
    const { log, store } = this.#parts;
    this.#profiles.set(profile.domain, profile);
    log.debug('learned how the fronted site answers', { domain: profile.domain, records: profile.records.join(' ') });
    store.saveProfileText(profile.domain, profileText(profile));
    this.#parts.onLearned?.(profile.domain);
  }

  #note(domain: string, trouble: SiteTrouble | null): void {
    const before = this.#troubles.get(domain)?.reason;
    if (trouble === null) this.#troubles.delete(domain);
    else this.#troubles.set(domain, trouble);
    if (before !== trouble?.reason) this.#parts.onChange?.();
  }

  #tellOnce(domain: string, reason: string): void {
    if (this.#told.get(domain) === reason) return;
    this.#told.set(domain, reason);
    if (reason !== '') this.#parts.log.warn('a present-day site would answer otherwise', { domain, reason });
  }
}

function troubleIn(survey: Survey): SiteTrouble | null {
  if (survey.kind === 'fit') return null;
  const { why, reason } = survey;
  if (why === 'no-answer') return { kind: 'unreachable', reason: reason.replace(UNREACHED, '') };
  if (why === 'loop') return { kind: 'unreachable', reason: LOOP_REASON };
  return { kind: 'unfit', reason: `${reason}; ${ADVICE[why]}` };
}
