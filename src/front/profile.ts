import type { Random } from '../kit/bytes.ts';
import type { ClientHello } from '../wire/tls/client-hello.ts';
import { GROUP } from '../wire/tls/layout.ts';
import type { FlightShape } from '../wire/tls/server-flight.ts';

export const X25519 = GROUP.x25519;
export const X25519_MLKEM768 = GROUP.x25519MlKem768;
export const AES128 = 0x1301;
export const AES256 = 0x1302;
export const CHACHA20 = 0x1303;
const SUITES: readonly number[] = [AES128, AES256, CHACHA20];
/** The Finished message of the SHA-384 suite is longer than those of the others by so much. */
export const SHA384_EXTRA_BYTES = 16;
/** The extension that names the chosen application protocol, by protocol. */
export const H2_ALPN_BYTES = 9;
export const HTTP1_ALPN_BYTES = 15;
/** iOS reads the record's length as a signed number and refuses more (protocol notes, "What clients verify"). */
export const MAX_ENCRYPTED_BYTES = 10_240;

/** Which protocol the site speaks inside TLS is part of its flight: its length shows. */
export type AlpnKey = 'h2' | 'http/1.1' | 'none';

/**
 * How a fronted site answers hellos of today's clients, learned by asking it.
 * Plain data: it is kept in the data folder as JSON.
 */
export interface SiteProfile {
  readonly domain: string;
  /** Epoch milliseconds. */
  readonly surveyedAtMs: number;
  /** Whose order decides the cipher: the client's, or the site's own (its list, best first). */
  readonly cipherRule: { readonly by: 'client' } | { readonly by: 'site'; readonly order: readonly number[] };
  /** The group taken when the client offers both shares. */
  readonly bothShares: typeof X25519 | typeof X25519_MLKEM768;
  readonly extensionOrder: FlightShape['extensionOrder'];
  /** Byte totals of the encrypted part with a SHA-256 suite, as seen: record payloads and the headers between them. */
  readonly encryptedTotals: readonly number[];
  /** What a hello with other application protocols adds to the total. */
  readonly alpnExtra: Readonly<Record<AlpnKey, number>>;
  /** Payload lengths of one flight's records, as `doctor` shows them. */
  readonly records: readonly number[];
}

/** The answer that this site would give to this client, as far as a flight can show it. */
export function shapeOf(profile: SiteProfile, hello: ClientHello, random: Random): FlightShape {
  const cipher = chooseCipher(profile, hello.cipherSuites);
  const extra = profile.alpnExtra[alpnKey(hello.alpn)] + (cipher === AES256 ? SHA384_EXTRA_BYTES : 0);
  const { encryptedTotals } = profile;
  const total = encryptedTotals[random(1)[0] % encryptedTotals.length] + extra;
  return {
    cipher,
    group: chooseGroup(profile, hello),
    extensionOrder: profile.extensionOrder,
    encryptedLength: Math.max(1, Math.min(MAX_ENCRYPTED_BYTES, total)),
  };
}

function chooseCipher({ cipherRule }: SiteProfile, offered: readonly number[]): number {
  const order = cipherRule.by === 'site' ? cipherRule.order.filter((suite) => offered.includes(suite)) : offered;
  return order.find((suite) => SUITES.includes(suite)) ?? offered.find((suite) => SUITES.includes(suite)) ?? AES128;
}

function chooseGroup({ bothShares }: SiteProfile, { keyShares }: ClientHello): FlightShape['group'] {
  const offers = (group: number) => keyShares.some((share) => share.group === group);
  return bothShares === X25519_MLKEM768 && offers(X25519_MLKEM768) ? X25519_MLKEM768 : X25519;
}

export function alpnKey(protocols: readonly string[]): AlpnKey {
  if (protocols.includes('h2')) return 'h2';
  return protocols.includes('http/1.1') ? 'http/1.1' : 'none';
}

/** Counted up when the meaning of a profile changes; others are forgotten and learned anew. */
const TEXT_VERSION = 1;

/** A profile as it is kept. */
export function profileText(profile: SiteProfile): string {
  return JSON.stringify({ version: TEXT_VERSION, profile });
}

/** Reads what `profileText` wrote; null for anything else. */
export function readProfile(text: string): SiteProfile | null {
  try {
    const { version, profile } = JSON.parse(text) as { version: number; profile: SiteProfile };
    return version === TEXT_VERSION && profile.encryptedTotals.length > 0 ? profile : null;
  } catch {
    return null; // a damaged row costs one survey
  }
}
