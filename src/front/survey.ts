import type { Random } from '../kit/bytes.ts';
import type { SiteFlight } from '../wire/tls/site-flight.ts';
import { buildClientHello } from '../wire/tls/synthetic-hello.ts';
import { askSite } from './ask-site.ts';
import type { OwnMarks } from './own-marks.ts';
import {
  AES128,
  AES256,
  CHACHA20,
  H2_ALPN_BYTES,
  HTTP1_ALPN_BYTES,
  MAX_ENCRYPTED_BYTES,
  SHA384_EXTRA_BYTES,
  type SiteProfile,
  X25519,
  X25519_MLKEM768,
} from './profile.ts';
import type { SiteAddress } from './visit-site.ts';

/** Why a site can't be imitated, in words for the log and for `doctor`. */
export type Unfit = 'loop' | 'no-answer' | 'tls12' | 'retry' | 'group' | 'size';

export type Survey =
  | { kind: 'fit'; profile: SiteProfile; warnings: readonly string[] }
  | { kind: 'unfit'; why: Unfit; reason: string };

/** What is said of a site that is this proxy. */
export const LEADS_BACK = 'it leads back to this proxy';
/** How often the first question is asked again: signatures of some certificates vary in length. */
const REPEATS = 4;
const RECORD_HEADER_BYTES = 5;

interface Question {
  readonly suites?: readonly number[];
  readonly alpn?: readonly string[];
}

/**
 * Learns how a site answers: it is asked with hellos of today's client shape, one after the other, which differ in
 * cipher order, key shares and application protocols.
 *
 * @param marks tell when it is ourselves that are asked
 * @param signal gives the survey up
 */
export async function surveySite(
  domain: string,
  site: SiteAddress,
  marks: OwnMarks,
  random: Random,
  signal: AbortSignal,
): Promise<Survey> {
  const ask = async (question: Question): Promise<SiteFlight | Unfitness> => {
    const answer = await askSite(site, buildClientHello({ domain, random, ...question }), marks, signal);
    if (answer.kind === 'ourselves') return unfit('loop', LEADS_BACK);
    return answer.kind === 'failed' ? unfit('no-answer', answer.reason) : (unfitness(answer.flight) ?? answer.flight);
  };
  const usual: SiteFlight[] = [];
  for (let turn = 0; turn < REPEATS; turn++) {
    const flight = await ask({});
    if ('kind' in flight) return flight;
    usual.push(flight);
  }
  // A site that refuses one of the variants is no worse for it: its answer to the usual hello stands in.
  const [first] = usual;
  const variant = async (question: Question): Promise<SiteFlight> => {
    const flight = await ask(question);
    return 'kind' in flight ? first : flight;
  };
  const backwards = await variant({ suites: [CHACHA20, AES256, AES128] });
  const middle = await variant({ suites: [AES256, CHACHA20, AES128] });
  const http1 = await variant({ alpn: ['http/1.1'] });
  const noAlpn = await variant({ alpn: [] });
  if (signal.aborted) return unfit('no-answer', 'it did not answer every question in time');
  const encryptedTotals = usual.map(sha256Total);
  const usualTotal = encryptedTotals.reduce((sum, total) => sum + total, 0) / REPEATS;
  const profile: SiteProfile = {
    domain,
    surveyedAtMs: Date.now(),
    cipherRule: cipherRule([first.cipher, backwards.cipher, middle.cipher]),
    bothShares: first.group === X25519_MLKEM768 ? X25519_MLKEM768 : X25519,
    extensionOrder: first.extensionOrder,
    encryptedTotals,
    alpnExtra: {
      h2: 0,
      'http/1.1': settled(sha256Total(http1) - usualTotal, [HTTP1_ALPN_BYTES - H2_ALPN_BYTES, -H2_ALPN_BYTES]),
      none: settled(sha256Total(noAlpn) - usualTotal, [-H2_ALPN_BYTES, -HTTP1_ALPN_BYTES]),
    },
    records: first.encrypted,
  };
  return { kind: 'fit', profile, warnings: warningsOf(profile) };
}

/**
 * A site either names the chosen protocol in its answer or doesn't, and may know only one: what is measured is
 * nothing or one of `named`, and noise, since signatures of one certificate vary in length (ECDSA in DER).
 */
function settled(measured: number, named: readonly number[]): number {
  const distance = (bytes: number) => Math.abs(measured - bytes);
  return named.reduce((nearest, bytes) => (distance(bytes) < distance(nearest) ? bytes : nearest), 0);
}

type Unfitness = Extract<Survey, { kind: 'unfit' }>;

function unfit(why: Unfit, reason: string): Unfitness {
  return { kind: 'unfit', why, reason };
}

function unfitness(flight: SiteFlight): Unfitness | null {
  if (!flight.isTls13) return unfit('tls12', 'it does not speak TLS 1.3');
  if (flight.isRetry) return unfit('retry', 'it answers HelloRetryRequest to the key shares of Telegram clients');
  if (flight.group !== X25519 && flight.group !== X25519_MLKEM768) {
    return unfit('group', `it takes key exchange group ${flight.group}, which Telegram clients do not offer`);
  }
  if (flight.encrypted.length === 0) return unfit('no-answer', 'its answer is not whole');
  const total = encryptedTotal(flight);
  if (total > MAX_ENCRYPTED_BYTES)
    return unfit('size', `its flight of ${total} bytes is longer than iOS clients accept`);
  return null;
}

/** The total of a flight as it would be with a SHA-256 suite. */
function sha256Total(flight: SiteFlight): number {
  return encryptedTotal(flight) - (flight.cipher === AES256 ? SHA384_EXTRA_BYTES : 0);
}

/** All encrypted records as the one that clients accept: payloads, and the headers that fall away between them. */
function encryptedTotal({ encrypted }: SiteFlight): number {
  return encrypted.reduce((sum, length) => sum + length, 0) + RECORD_HEADER_BYTES * (encrypted.length - 1);
}

/** @param answers to the orders 1301 1302 1303, 1303 1302 1301 and 1302 1303 1301 */
function cipherRule([usual, backwards, middle]: readonly number[]): SiteProfile['cipherRule'] {
  if (usual === AES128 && backwards === CHACHA20 && middle === AES256) return { by: 'client' };
  const order = [usual, backwards, middle, AES128, AES256, CHACHA20];
  return { by: 'site', order: order.filter((suite, index) => order.indexOf(suite) === index) };
}

function warningsOf({ bothShares }: SiteProfile): string[] {
  return bothShares === X25519_MLKEM768
    ? []
    : [
        'it does not know X25519MLKEM768: iOS clients and censors expect it of a present-day site (OpenSSL 3.5 or a recent Caddy has it)',
      ];
}
