import type { Random } from '../kit/bytes.ts';
import type { Log } from '../kit/log.ts';
import { endpointText } from '../net/endpoint.ts';
import type { ClientHello } from '../wire/tls/client-hello.ts';
import type { FlightShape } from '../wire/tls/server-flight.ts';
import { defaultProfile } from './default-profile.ts';
import type { OwnMarks } from './own-marks.ts';
import { profileText, readProfile, type SiteProfile, shapeOf } from './profile.ts';
import { type Survey, surveySite, type Unfit } from './survey.ts';
import type { SiteAddress } from './visit-site.ts';

/** Keeps profiles beyond the process's life. */
export interface ProfileStore {
  profileTexts(): string[];
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
}

/** A profile is learned anew after so long, and up to half as long again: sites renew certificates, and no clockwork shows. */
const REFRESH_MS = 3 * 3_600_000;
const FIRST_RETRY_MS = 15_000;
const LONGEST_RETRY_MS = 3_600_000;

const ADVICE: Record<Exclude<Unfit, 'loop' | 'no-answer'>, string> = {
  tls12: 'front a site with TLS 1.3',
  retry: 'allow X25519 at the site, or front another domain',
  group: 'allow X25519 at the site, or front another domain',
  size: 'shorten its certificate chain, or front another domain',
};

/** What is told of a site that is this proxy, which no address need show. */
export const LOOP_COMPLAINT =
  'the fronted site leads back to this proxy: strangers see a closed connection (mask.host and mask.port say where the web server really is)';

/** The fronted sites: what each one's flight looks like, learned in the background and kept in the data folder. */
export class Fronts {
  readonly #parts: FrontsParts;
  readonly #profiles = new Map<string, SiteProfile>();
  readonly #timers = new Map<string, Timer>();
  /** Where each domain's site is asked. */
  readonly #places = new Map<string, string>();
  /** The last complaint of each domain, so that it is told once. */
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
      this.#timers.delete(domain);
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
    this.#places.set(domain, this.#placeOf(domain));
  }

  /** @param timer the one that asked for it: another one meanwhile makes this survey void */
  async #learn(domain: string, failures: number, timer: Timer): Promise<void> {
    const { marks, random, siteOf } = this.#parts;
    const survey = await surveySite(domain, siteOf(domain), marks, random, this.#closing.signal);
    if (this.#closing.signal.aborted || this.#timers.get(domain) !== timer) return;
    if (survey.kind === 'fit') {
      this.#take(survey.profile);
      if (failures > 0) this.#parts.log.info('the fronted site can be reached again', { domain });
      this.#tellOnce(domain, 'a present-day site would answer otherwise', survey.warnings.join('; '));
      this.#schedule(domain, REFRESH_MS * (1 + random(1)[0] / 512), 0);
      return;
    }
    this.#complain(domain, survey);
    this.#schedule(domain, Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures), failures + 1);
  }

  #take(profile: SiteProfile): void {
    const { log, store } = this.#parts;
    this.#profiles.set(profile.domain, profile);
    log.debug('learned how the fronted site answers', { domain: profile.domain, records: profile.records.join(' ') });
    try {
      store.saveProfileText(profile.domain, profileText(profile));
    } catch (error) {
      log.debug('a profile was not saved', { reason: String(error) });
    }
    this.#parts.onLearned?.(profile.domain);
  }

  #complain(domain: string, { why, reason }: Exclude<Survey, { kind: 'fit' }>): void {
    if (why === 'loop') this.#tellOnce(domain, LOOP_COMPLAINT, reason, 'error');
    else if (why !== 'no-answer') this.#tellOnce(domain, `the fronted site cannot be imitated: ${ADVICE[why]}`, reason);
    else
      this.#tellOnce(
        domain,
        'the fronted site cannot be reached: serving all the same, trying again in the background',
        reason,
      );
  }

  #tellOnce(domain: string, message: string, reason: string, level: 'warn' | 'error' = 'warn'): void {
    if (this.#told.get(domain) === reason) return;
    this.#told.set(domain, reason);
    if (reason !== '') this.#parts.log[level](message, { domain, reason });
  }
}
