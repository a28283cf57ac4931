import { networkOf } from '../kit/address.ts';
import type { Log } from '../kit/log.ts';
import { Repeats } from '../kit/repeats.ts';
import type { Mode } from './ledger.ts';
import type { StrangerReason } from './outcome.ts';
import type { User, UserTerms } from './user.ts';

/** A client that knows a secret was turned away by something that its operator can change: why, and by which key. */
const BY_TERMS: Partial<Record<StrangerReason, { why: string; key: keyof UserTerms; name: string }>> = {
  'user-disabled': { why: 'its user is disabled', key: 'enabled', name: 'enabled' },
  'user-expired': { why: "its user's time is over", key: 'expiresAtMs', name: 'expires' },
  'user-quota': { why: "its user's quota is used up", key: 'quotaBytes', name: 'quota' },
  'user-connections': {
    why: 'its user has as many sessions as it may have',
    key: 'maxConnections',
    name: 'max_connections',
  },
  'user-networks': { why: 'its user is in as many networks as it may be in', key: 'maxIps', name: 'max_ips' },
};

/**
 * Refusals that only the operator can mend: genuine clients that a setting turns away. Each is one line a minute, with how often it
 * happened; strangers that know nothing are nobody's mistake and are not told.
 */
export class Refusals {
  readonly #log: Log;
  readonly #repeats: Repeats;

  constructor(log: Log, repeats = new Repeats()) {
    this.#log = log;
    this.#repeats = repeats;
  }

  /** A user's own terms turned it away; other reasons are not told here. */
  byTerms(reason: StrangerReason, { terms }: User): void {
    const found = BY_TERMS[reason];
    if (found === undefined) return;
    const user = terms.name;
    this.#tell(`a client with the right secret was refused: ${found.why}`, `${reason} ${user}`, {
      user,
      key: `users.${user}.${found.name}`,
      value: settingOf(terms, found.key),
    });
  }

  modeOff(mode: Exclude<Mode, 'tls'>, { terms }: User): void {
    const user = terms.name;
    this.#tell('a client with the right secret was refused: its kind of secret is switched off', `${mode} ${user}`, {
      user,
      key: `modes.${mode}`,
      value: false,
    });
  }

  /** @param serverName as the client's link has it */
  otherDomain(serverName: string, { terms }: User): void {
    const user = terms.name;
    this.#tell(
      'a client with the right secret was refused: its link has a domain that is not in tls.domain (add it there, or hand out a new link)',
      `domain ${user}`,
      { user, serverName },
    );
  }

  /** @param ip of the client */
  crowdedNetwork(ip: string, limit: number): void {
    this.#tell('a connection was refused: its network has as many as it may have', 'network', {
      network: networkOf(ip),
      key: 'limits.max_connections_per_ip',
      value: limit,
    });
  }

  /** @param ip of whoever connects where only balancers may */
  untrustedBalancer(ip: string): void {
    this.#tell(
      'a connection was closed: proxy_protocol is on, and it does not come from a trusted balancer (proxy_protocol.trusted)',
      'untrusted balancer',
      { from: ip },
    );
  }

  /** @param ip of the balancer @param reason what its first bytes were instead */
  noProxyHeader(ip: string, reason: string): void {
    this.#tell(
      'a connection was closed: it began without a PROXY header (turn the header on at the balancer, or proxy_protocol off here)',
      'no PROXY header',
      { from: ip, reason },
    );
  }

  /** @param ip of whoever sent one */
  unwantedProxyHeader(ip: string): void {
    this.#tell(
      'a connection was taken for a stranger: it began with a PROXY header, and proxy_protocol.enabled is false',
      'unwanted PROXY header',
      { from: ip },
    );
  }

  #tell(message: string, key: string, fields: Readonly<Record<string, unknown>>): void {
    const times = this.#repeats.count(key);
    if (times !== null) this.#log.warn(message, { ...fields, times });
  }
}

/** As the configuration has it. */
function settingOf(terms: UserTerms, key: keyof UserTerms): unknown {
  return key === 'expiresAtMs' && terms.expiresAtMs !== null ? new Date(terms.expiresAtMs).toISOString() : terms[key];
}
