import { closest } from '../kit/closest.ts';
import { plainKeys, userKeys } from './schema.ts';
import { generalName, isOurs, PREFIX, variableNames } from './variables.ts';

/** Settings of other proxies, and of the guides that are written for them. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  TO_CLT_BUFSIZE: 'PETREL_LIMITS_TO_CLIENT_BUFFER',
  TO_TG_BUFSIZE: 'PETREL_LIMITS_TO_TELEGRAM_BUFFER',
  REPLAY_CHECK_LEN: 'PETREL_LIMITS_REPLAY_ENTRIES',
  CLIENT_IPS_LEN: 'PETREL_LIMITS_CLIENT_IPS',
  MAX_CONNS_IN_POOL: 'PETREL_TELEGRAM_POOL_SIZE',
  USER_MAX_CONNS: 'USER_MAX_TCP_CONNS',
  USER_MAX_CONNECTIONS: 'USER_MAX_TCP_CONNS',
  USER_MAX_TCP_CONNECTIONS: 'USER_MAX_TCP_CONNS',
};
/** Too common to be told anywhere but in our own file. */
const ELSEWHERE_IN_DOTENV: Readonly<Record<string, string>> = { SECRET: 'USER1_SECRET', DOMAIN: 'TLS_DOMAIN' };

const OTHER_SECRET = /^(?:USERS?|MTPROTO|MTPROXY|MTP|PROXY)_?\d*_?SECRETS?_?\d*$/;
const NAMED_SECRET = /^USERS?_[A-Z0-9_]+_SECRET$/;
const OF_USER = new RegExp(
  `^USERS?_?(\\d+)_(MAX_TCP_CONNS|${userKeys.map(({ name }) => name.toUpperCase()).join('|')})$`,
);

const tablesByVariable = new Map(plainKeys.map((declared) => [generalName(declared), declared.path]));

/** What an unknown variable of ours, one that begins with PETREL_, was meant to be: "; did you mean …?" or nothing. */
export function meantByOwn(name: string): string {
  const table = tablesByVariable.get(name);
  if (table !== undefined) return `; this is a table: it stands in petrel.toml, as [${table}]`;
  const bare = name.slice(PREFIX.length);
  const near = isOurs(bare) ? bare : (closest(name, variableNames) ?? closest(bare, variableNames) ?? inSection(bare));
  return near === null ? '' : `; did you mean ${near}?`;
}

/** PETREL_LIMITS_IDLE_TIMEOUT for IDLE_TIMEOUT, when only one section has such a key. */
function inSection(bare: string): string | null {
  const [only = null, ...others] = variableNames.filter((name) => name.startsWith(PREFIX) && name.endsWith(`_${bare}`));
  return bare === '' || others.length > 0 ? null : only;
}

/**
 * What to say of a variable that is not read and looks like one of ours. A machine has many variables: those of other
 * programs give null.
 */
export function nearMiss(name: string, isInDotenv: boolean): string | null {
  const upper = name.toUpperCase();
  const [, number, key] = OF_USER.exec(upper) ?? [];
  if (key !== undefined && key !== 'SECRET') {
    return `not read: only the secret of a user can stand in a variable, the rest stands in petrel.toml, [users.user${number}]`;
  }
  const meant = meantByOther(upper, isInDotenv);
  if (meant !== null) return `not read; did you mean ${meant}?`;
  if (!NAMED_SECRET.test(upper)) return null;
  return 'not read: secrets in variables are numbered, USER1_SECRET and so on; named users stand in petrel.toml';
}

function meantByOther(upper: string, isInDotenv: boolean): string | null {
  if (isOurs(upper)) return upper;
  const general = PREFIX + upper;
  if (isInDotenv && variableNames.includes(general)) return general;
  const elsewhere = isInDotenv ? { ...ELSEWHERE, ...ELSEWHERE_IN_DOTENV } : ELSEWHERE;
  return elsewhere[upper] ?? nearSecret(upper) ?? closest(upper, variableNames);
}

/** USER_1_SECRET, USER1SECRET, USR1_SECRET, MTPROTO_SECRET. */
function nearSecret(upper: string): string | null {
  const isNear = closest(upper.replace(/\d+/, '1'), ['USER1_SECRET']) !== null;
  if (!isNear && !OTHER_SECRET.test(upper)) return null;
  const number = Number(/\d+/.exec(upper)?.[0] ?? 1);
  return `USER${Math.max(1, number)}_SECRET`;
}
