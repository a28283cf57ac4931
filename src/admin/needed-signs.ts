import type { Snapshot, SurroundingsSnapshot } from './snapshot.ts';

/** Half of what fake-TLS clients are allowed is left to them; without such clients a minute counts as wrong. */
const CLOCK_LINE_SHARE = 0.5;
const CLOCK_LINE_MS = 60_000;
/** Fewer clients with a wrong clock prove nothing. */
const LEAST_REFUSED = 3;
const MOST_SHARE = 0.5;

const STORAGE_TEXTS: Readonly<Record<NonNullable<SurroundingsSnapshot['storage']>['kind'], string>> = {
  unusable: 'the data folder cannot be used',
  damaged: 'the data folder had a damaged database',
  unwritable: 'the data folder cannot be written',
};

type Figures = Pick<Snapshot, 'surroundings' | 'vitals'>;

/** What is said of the data centres that fail. Details stand in parentheses, here and below. */
export function telegramMessage({ surroundings: { dataCenters } }: Figures): string | null {
  const failing = Object.entries(dataCenters).flatMap(([dc, trouble]) => (trouble === null ? [] : [{ dc, trouble }]));
  const [first] = failing;
  if (first === undefined) return null;
  const names = failing.map(({ dc }) => dc).join(', ');
  const isShared = failing.every(({ trouble }) => trouble === first.trouble);
  const why = isShared ? first.trouble : failing.map(({ dc, trouble }) => `DC ${dc}: ${trouble}`).join('; ');
  const isAll = failing.length > 1 && failing.length === Object.keys(dataCenters).length;
  return `${isAll ? 'no DC can be reached' : `DC ${names} cannot be reached`} (${why})`;
}

export function siteMessage({ surroundings: { sites } }: Figures): string | null {
  const troubled = Object.entries(sites);
  if (troubled.length === 0) return null;
  const isUnreachable = troubled.some(([, { kind }]) => kind === 'unreachable');
  const why = troubled.map(([domain, { reason }]) => `(${domain}: ${reason})`).join(', ');
  return `the fronted site cannot be ${isUnreachable ? 'reached' : 'imitated'} ${why}`;
}

export function storageMessage({ surroundings: { storage } }: Figures): string | null {
  return storage === null ? null : `${STORAGE_TEXTS[storage.kind]} (${storage.reason})`;
}

/** By what Telegram says; by what becomes of clients only where it has said nothing, or all but nobody gets in. */
export function clockMessage({ surroundings, vitals }: Figures): string | null {
  const { clockAheadMs, clockAllowedMs } = surroundings;
  const line = clockAllowedMs === null ? CLOCK_LINE_MS : clockAllowedMs * CLOCK_LINE_SHARE;
  if (clockAheadMs !== null && Math.abs(clockAheadMs) > line) {
    const seconds = Math.round(Math.abs(clockAheadMs) / 1_000);
    return `this machine's clock differs from Telegram's (${seconds} s ${clockAheadMs > 0 ? 'ahead' : 'behind'})`;
  }
  const { tlsAdmitted, tlsRefusedForClock: refused } = vitals;
  const genuine = tlsAdmitted + refused;
  if (refused < LEAST_REFUSED || refused <= genuine * MOST_SHARE) return null;
  const agrees = clockAheadMs === null ? '' : ", though it agrees with Telegram's";
  return `this machine's clock differs from its clients' (${refused} of ${genuine} with a right secret were refused in the last five minutes${agrees})`;
}
