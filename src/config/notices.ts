import { type CheckedValues, secretOf, secretPath } from './checked.ts';
import type { Problem } from './problem.ts';

const MAX_NAMES = 5; // that one sentence lists
const DAY_MS = 86_400_000;

/** A user of whom something is to be told, with the place where that stands. */
interface Told {
  readonly user: string;
  readonly source: string;
  readonly path: string;
}

/** Values that are accepted and most likely not what was meant; the same of many users is one notice. */
export function valueNotices(values: CheckedValues, users: readonly string[], nowMs: number): Problem[] {
  return [
    ...otherDomainNotices(values, users),
    ...modeOffNotices(values, users),
    ...expiredNotices(values, users, nowMs),
  ];
}

/** An ee secret brings a domain along, and only those of tls.domain are answered. */
function otherDomainNotices(values: CheckedValues, users: readonly string[]): Problem[] {
  const domains = values.get('tls.domain')?.value;
  if (!Array.isArray(domains) || values.get('modes.tls')?.value === false) return [];
  const others = secretsOf(values, users).filter(
    ({ secret }) => secret.kind === 'ee' && !domains.includes(secret.domain),
  );
  return [...Map.groupBy(others, ({ secret }) => secret.domain)].map(([domain, told]) => {
    const all = [...domains, domain].map((name) => JSON.stringify(name)).join(', ');
    return notice(
      told,
      `made for ${domain}, but tls.domain is ${domains.join(', ')}: clients with such links are treated as strangers and ` +
        `shown the site. To let them in set tls.domain = [${all}]; to give them up write the key alone, 32 digits`,
    );
  });
}

/** What a secret says of its mode, where that mode is off. */
function modeOffNotices(values: CheckedValues, users: readonly string[]): Problem[] {
  const modes = [
    { kind: 'dd', path: 'modes.secure', text: 'a dd secret, but modes.secure is off: dd links are not served' },
    { kind: 'ee', path: 'modes.tls', text: 'an ee secret, but modes.tls is off: ee links are not served' },
  ];
  return modes.flatMap(({ kind, path, text }) => {
    const told = secretsOf(values, users).filter(({ secret }) => secret.kind === kind);
    if (values.get(path)?.value !== false || told.length === 0) return [];
    return [notice(told, `${text}. Turn the mode on, or write the key alone, 32 digits`)];
  });
}

function expiredNotices(values: CheckedValues, users: readonly string[], nowMs: number): Problem[] {
  const expired = users.flatMap((user) => {
    const path = `users.${user}.expires`;
    const expires = values.get(path);
    const isOver = typeof expires?.value === 'number' && expires.value <= nowMs;
    return isOver ? [{ user, path, source: expires.source, atMs: Number(expires.value) }] : [];
  });
  const [first] = expired;
  if (first === undefined) return [];
  const days = Math.floor((nowMs - first.atMs) / DAY_MS);
  const since = expired.length > 1 ? '' : days < 1 ? ' today' : days === 1 ? ' a day ago' : ` ${days} days ago`;
  return [notice(expired, `expired${since}: nobody gets in with this secret until the day is changed`)];
}

function secretsOf(values: CheckedValues, users: readonly string[]) {
  return users.flatMap((user) => {
    const found = secretOf(values, user);
    return found === null ? [] : [{ user, source: found.source, path: secretPath(user), secret: found.value }];
  });
}

/** One notice about some users, at the first one's place. */
function notice([first, ...others]: readonly Told[], text: string): Problem {
  const { source = '', path = '' } = first ?? {};
  if (others.length === 0) return { source, path, text };
  const listed = others.slice(0, MAX_NAMES).map(({ user }) => user);
  const more = others.length > MAX_NAMES ? [`${others.length - MAX_NAMES} more`] : [];
  return { source, path, text: `${text} (the same with ${[...listed, ...more].join(', ')})` };
}
