import type { SurroundingsSnapshot } from '../admin/snapshot.ts';
import type { Fronts, SiteTrouble } from '../front/fronts.ts';
import { systemRandom } from '../kit/random.ts';
import type { Policy } from '../proxy/policy.ts';
import type { SessionNews } from '../proxy/session-news.ts';
import type { Dialer } from '../telegram/dialer.ts';
import { lookAtDataCenter } from '../telegram/look-at-data-center.ts';
import type { Registry } from './registry.ts';
import { type LookTimes, TelegramWatch } from './telegram-watch.ts';

export interface SurroundingsParts {
  readonly dialer: Pick<Dialer, 'dialFresh' | 'judge'>;
  readonly fronts: Fronts;
  readonly registry: Registry;
  readonly policy: () => Policy;
  readonly onChange: () => void;
  /** The data centres that are asked without any session. */
  readonly dcs: readonly number[];
  /** When they are; default: every few minutes. */
  readonly looks?: LookTimes | undefined;
}

interface SiteNews {
  readonly reason: string;
  readonly atMs: number;
}

/** Of a process that looks at nothing itself. */
export const NOTHING_SEEN: SurroundingsSnapshot = {
  dataCenters: {},
  sites: {},
  storage: null,
  clockAheadMs: null,
  clockAllowedMs: null,
};

/** Watches over what the proxy needs to be of use: Telegram, the fronted sites, the data folder, the clock. */
export class Surroundings implements SessionNews {
  readonly #parts: SurroundingsParts;
  readonly #telegram: TelegramWatch;
  /** What strangers met at the sites, by domain. */
  readonly #siteNews = new Map<string, SiteNews>();
  readonly #closing = new AbortController();

  constructor(parts: SurroundingsParts) {
    this.#parts = parts;
    const { dialer, onChange, dcs, looks: times } = parts;
    const question = { dialer, random: systemRandom, now: Date.now, signal: this.#closing.signal };
    this.#telegram = new TelegramWatch({ dcs, ask: (dc) => lookAtDataCenter(dc, question), onChange, times });
  }

  snapshot(): SurroundingsSnapshot {
    const { registry, policy } = this.#parts;
    const { modes, tls } = policy();
    return {
      dataCenters: this.#telegram.troubles,
      sites: this.#siteTroubles(),
      storage: registry.storageTrouble,
      clockAheadMs: this.#telegram.clockAheadMs,
      clockAllowedMs: modes.tls ? tls.maxClockSkewMs : null,
    };
  }

  /** What has to be looked at again and again. */
  follow(): void {
    this.#telegram.followClock();
  }

  dataCenter(dc: number, reason: string | null): void {
    this.#telegram.heard(dc, reason);
  }

  address(dc: number, isFailing: boolean): void {
    this.#telegram.heardOfAddress(dc, isFailing);
  }

  site(domain: string, reason: string | null): void {
    const { fronts, onChange } = this.#parts;
    const before = this.#siteTroubleOf(domain);
    if (reason === null) this.#siteNews.delete(domain);
    else this.#siteNews.set(domain, { reason, atMs: performance.now() });
    fronts.doubt(domain);
    if (this.#siteTroubleOf(domain)?.reason !== before?.reason) onChange();
  }

  close(): void {
    this.#closing.abort();
    this.#telegram.close();
  }

  #siteTroubles(): Record<string, SiteTrouble> {
    const { mask, tls } = this.#parts.policy();
    for (const domain of this.#siteNews.keys()) if (!tls.domains.includes(domain)) this.#siteNews.delete(domain);
    const domains = mask.enabled ? tls.domains : [];
    const troubles = domains.map((domain) => [domain, this.#siteTroubleOf(domain)] as const);
    return Object.fromEntries(troubles.flatMap(([domain, trouble]) => (trouble === null ? [] : [[domain, trouble]])));
  }

  /** What the site's survey says, and what strangers met since. */
  #siteTroubleOf(domain: string): SiteTrouble | null {
    const { fronts } = this.#parts;
    const news = this.#siteNews.get(domain);
    const isLater = news !== undefined && news.atMs > fronts.surveyedAtMs(domain);
    return fronts.troubleOf(domain) ?? (isLater ? { kind: 'unreachable', reason: news.reason } : null);
  }
}
