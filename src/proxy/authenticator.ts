import { networkOf } from '../kit/address.ts';
import { latin1 } from '../kit/bytes.ts';
import type { Framing } from '../wire/framing/framing.ts';
import { hasKnownTag, type InitHeader, openInitHeader, replayKeyOfHeader } from '../wire/obfuscated2.ts';
import { type ClientHello, replayKeyOfHello } from '../wire/tls/client-hello.ts';
import { HelloDigest } from '../wire/tls/hello-digest.ts';
import { type Answer, type Handshake, then } from './gate.ts';
import { OffModes } from './off-modes.ts';
import type { StrangerReason } from './outcome.ts';
import type { Policy } from './policy.ts';
import { RecentMap } from './recent-map.ts';
import type { Roster } from './roster.ts';
import { SecretSearch } from './secret-search.ts';
import type { User } from './user.ts';

export type HelloClaim =
  | { kind: 'user'; user: User; handshake: Handshake }
  | { kind: 'stranger'; reason: StrangerReason; skewMs?: number };
export type HeaderClaim =
  | { kind: 'user'; user: User; handshake: Handshake; init: InitHeader; mode: 'classic' | 'secure' }
  | {
      kind: 'stranger';
      reason: StrangerReason;
      /** Whose secret is right, in which mode that is off. */
      off?: { user: User; mode: 'classic' | 'secure' };
    };

export interface AuthenticatorParts {
  readonly roster: Roster;
  /** How many addresses are remembered with the user that last worked for them. */
  readonly clientIps: number;
}

const RECENT_NAMES = 64; // server names, each with the user that last worked for it
/** Hellos of today's clients have 517 to 2,000 bytes; a longer one is no client's, and not worth a search. */
const MOST_HELLO_BYTES = 3_072;

/**
 * Finds whose secret a client proves to know. With many users the search is kept short by what worked before:
 * first the user last seen at this address, then the one last seen with this server name, then all.
 */
export class Authenticator {
  readonly #search: SecretSearch;
  readonly #offModes: OffModes;
  readonly #byAddress: RecentMap<User>;
  readonly #byName = new RecentMap<User>(RECENT_NAMES);

  constructor(parts: AuthenticatorParts) {
    this.#search = new SecretSearch(parts.roster);
    this.#offModes = new OffModes(parts.roster);
    this.#byAddress = new RecentMap(parts.clientIps);
  }

  /** Changes the bound at a reload. */
  resize(clientIps: number): void {
    this.#byAddress.resize(clientIps);
  }

  /** Takes note of who was admitted, for the next search. @param name the server name that was asked for; null: none */
  remember(user: User, ip: string, name?: string | null): void {
    this.#search.remember(user);
    this.#byAddress.set(ip, user);
    if (name !== undefined) this.#byName.set(name ?? '', user);
  }

  /**
   * Checks a fake-TLS hello: server name, secret, clock, in this order. Its digest is for the gate, which claims it
   * only now that the secret was right: strangers can't push others out.
   */
  checkHello(hello: ClientHello, ip: string, tls: Policy['tls'], nowMs: number): Answer<HelloClaim> {
    const name = hello.serverName;
    if (name !== null && !tls.domains.includes(name)) return { kind: 'stranger', reason: 'unknown-sni' };
    if (hello.record.length > MOST_HELLO_BYTES) return WRONG_SECRET;
    const digest = new HelloDigest(hello.record);
    let timestamp = 0;
    const hints = [this.#byAddress.get(ip), this.#byName.get(name ?? '')];
    const searching = this.#search.find(hints, networkOf(ip), (candidate) => {
      const found = digest.timestampFor(candidate.terms.key);
      if (found !== null) timestamp = found;
      return found !== null;
    });
    return then(searching, (user): HelloClaim => {
      if (user === null) return WRONG_SECRET;
      const skewMs = nowMs - timestamp * 1000;
      if (Math.abs(skewMs) > tls.maxClockSkewMs) return { kind: 'stranger', reason: 'clock-skew', skewMs };
      return { kind: 'user', user, handshake: { kind: 'hello', digest: latin1(replayKeyOfHello(hello.record)) } };
    });
  }

  /** Checks a bare init header: secret, mode. @param header exactly 64 bytes */
  checkHeader(header: Uint8Array, ip: string, modes: Policy['modes']): Answer<HeaderClaim> {
    const searching = this.#search.find([this.#byAddress.get(ip)], networkOf(ip), (candidate) =>
      hasKnownTag(header, candidate.terms.key),
    );
    return then(searching, (user): HeaderClaim => {
      const init = user === null ? null : openInitHeader(header, user.terms.key);
      if (user === null || init === null) return WRONG_SECRET;
      const mode = modeOf(init.framing);
      if (!modes[mode]) return { kind: 'stranger', reason: 'mode-off', off: { user, mode } };
      const handshake = { kind: 'header', digest: latin1(replayKeyOfHeader(header)) } as const;
      return { kind: 'user', user, handshake, init, mode };
    });
  }

  /** What the first message of a stranger says, when it may be the header of a client whose mode is off. @param header exactly 64 bytes */
  checkHeaderOfOffMode(header: Uint8Array): Extract<HeaderClaim, { kind: 'stranger' }> {
    const user = this.#offModes.ownerOf(header);
    const init = user === null ? null : openInitHeader(header, user.terms.key);
    if (user === null || init === null) return { kind: 'stranger', reason: 'not-a-client' };
    return { kind: 'stranger', reason: 'mode-off', off: { user, mode: modeOf(init.framing) } };
  }
}

const WRONG_SECRET = { kind: 'stranger', reason: 'wrong-secret' } as const;

/** A dd secret makes clients pad; a plain one doesn't. */
function modeOf(framing: Framing): 'classic' | 'secure' {
  return framing === 'padded' ? 'secure' : 'classic';
}
