import { canonicalIp } from '../kit/address.ts';
import type { Random } from '../kit/bytes.ts';
import { type Finding, failed, ok, warning } from '../kit/finding.ts';
import { parseIp } from '../kit/ip.ts';
import { unknownNameLike } from '../wire/tls/unknown-name.ts';
import { askName, type NameAnswer } from './ask-name.ts';
import { type CertificateReading, readCertificate } from './certificate.ts';
import { MARK_KEY_BYTES, OwnMarks } from './own-marks.ts';
import { MAX_ENCRYPTED_BYTES, type SiteProfile, X25519_MLKEM768 } from './profile.ts';
import { type Survey, surveySite } from './survey.ts';
import type { SiteAddress } from './visit-site.ts';

export type DomainFinding = Finding<'name' | 'dns' | 'traffic' | 'tls' | 'group' | 'flight' | 'names' | 'certificate'>;

export interface DomainReport {
  readonly domain: string;
  readonly findings: readonly DomainFinding[];
  /** How the site answers; null when it can't be imitated. */
  readonly profile: SiteProfile | null;
  /** Nothing failed. */
  readonly canBeFronted: boolean;
}

export interface DomainCheckParts {
  /** Addresses of a name; rejects when there are none. */
  readonly resolve: (name: string) => Promise<string[]>;
  /** Addresses of this machine's interfaces. */
  readonly ownAddresses: readonly string[];
  /** The name or address that links tell clients; empty when none is configured. */
  readonly publicHost: string;
  readonly random: Random;
  /** With which the site is asked; absent: nobody has to know them. */
  readonly marks?: OwnMarks;
  /** Ends every check that is still under way. */
  readonly signal: AbortSignal;
  readonly now: number;
}

const DAY_MS = 24 * 3_600_000;
const EXPIRES_SOON_DAYS = 14;

/** Looks at a domain as clients and censors would. Each check stands alone and ends in bounded time. */
export async function checkDomain(domain: string, site: SiteAddress, parts: DomainCheckParts): Promise<DomainReport> {
  const { publicHost, ownAddresses, random, signal } = parts;
  const marks = parts.marks ?? new OwnMarks(random(MARK_KEY_BYTES), random);
  const [addresses, publicAddresses, survey, unknown, certificate] = await Promise.all([
    addressesOf(domain, parts),
    publicHost === '' ? [] : addressesOf(publicHost, parts),
    surveySite(domain, site, marks, random, signal),
    askName(site, unknownNameLike(domain, random), marks, random, signal),
    readCertificate(domain, site, signal),
  ]);
  const own = typeof publicAddresses === 'string' ? ownAddresses : [...ownAddresses, ...publicAddresses];
  const findings = [
    ...nameFindings(addresses, [...new Set(own.map(canonicalIp))]),
    ...trafficFindings(domain, site, addresses, own),
    ...flightFindings(survey),
    ...unknownNameFindings(unknown.answer),
    certificateFinding(domain, certificate, parts.now),
  ];
  return {
    domain,
    findings,
    profile: survey.kind === 'fit' ? survey.profile : null,
    canBeFronted: findings.every(({ verdict }) => verdict !== 'failed'),
  };
}

function isAnyOf(addresses: readonly string[], own: readonly string[]): boolean {
  return addresses.some((address) => own.includes(canonicalIp(address)));
}

/** The addresses of a name (or the address that it is), or why there are none. */
export async function addressesOf(
  name: string,
  { resolve, signal }: Pick<DomainCheckParts, 'resolve' | 'signal'>,
): Promise<string[] | string> {
  if (parseIp(name) !== null) return [name];
  const { promise, resolve: end } = Promise.withResolvers<string>();
  const giveUp = () => end('no answer in time');
  if (signal.aborted) giveUp();
  signal.addEventListener('abort', giveUp, { once: true });
  const asked = resolve(name).catch((error: unknown) => String(error instanceof Error ? error.message : error));
  const answer = await Promise.race([asked, promise]);
  signal.removeEventListener('abort', giveUp);
  return answer.length === 0 ? 'it has no address' : answer;
}

function nameFindings(addresses: string[] | string, own: readonly string[]): DomainFinding[] {
  if (typeof addresses === 'string') {
    return [
      warning(
        'name',
        `the name cannot be resolved here (${addresses})`,
        'clients never resolve it, but whoever checks the server name of a connection against DNS finds nothing',
      ),
    ];
  }
  const isOurs = isAnyOf(addresses, own);
  return [
    ok('name', `resolves to ${addresses.join(', ')}`),
    isOurs
      ? ok('dns', 'DNS points to this machine, as with an ordinary site')
      : warning(
          'dns',
          `DNS points elsewhere than to this machine (${own.join(', ') || 'no public address found'})`,
          "a censor that compares a connection's server name and address with DNS sees that this is not the site; front a domain of your own whose address record is this machine, with a real site behind Petrel (behind NAT: set public_host, so that the outside address is known here)",
        ),
  ];
}

/** A site that is visited where DNS has it, and that is not ours. */
function trafficFindings(
  domain: string,
  { endpoint }: SiteAddress,
  addresses: string[] | string,
  own: readonly string[],
): DomainFinding[] {
  const isAtItsName = !('unix' in endpoint) && endpoint.host === domain;
  if (!isAtItsName || typeof addresses === 'string' || isAnyOf(addresses, own.map(canonicalIp))) return [];
  return [
    warning(
      'traffic',
      "the site is somebody else's: what strangers fetch there through this server is your traffic",
      'mask.rate and mask.rate_per_network bound it. If it is a CDN, who asks for this name can still reach other sites of the CDN inside TLS, which no proxy sees; with a small site of your own there is nothing to reach',
    ),
  ];
}

/** What strangers get who ask for another name. */
function unknownNameFindings(answer: NameAnswer): DomainFinding[] {
  if (answer.kind === 'silent' || answer.kind === 'unreachable') return [];
  return [
    answer.kind === 'refused'
      ? ok(
          'names',
          'refuses names that it does not know: strangers who ask for another one are refused by the site itself',
        )
      : ok(
          'names',
          'answers names that it does not know: strangers who ask for one get the same; for another site of this address the connection ends',
        ),
  ];
}

const REMEDIES: Record<Extract<Survey, { kind: 'unfit' }>['why'], string> = {
  loop: 'say where the web server really is: mask.host and mask.port, such as 127.0.0.1 and 8443',
  'no-answer': 'start the site, or say where it is: mask.host and mask.port, or --site HOST:PORT to try another place',
  tls12: 'turn TLS 1.3 on at the site, or front another domain',
  retry: 'let the site take X25519 (ssl_ecdh_curve X25519:... in nginx), or front another domain',
  group: 'let the site take X25519 (ssl_ecdh_curve X25519:... in nginx), or front another domain',
  size: 'use a shorter certificate chain, or front another domain',
};

function flightFindings(survey: Survey): DomainFinding[] {
  if (survey.kind === 'unfit') return [failed('tls', survey.reason, REMEDIES[survey.why])];
  const { profile } = survey;
  const [least, most] = [Math.min(...profile.encryptedTotals), Math.max(...profile.encryptedTotals)];
  const total = least === most ? `${least}` : `${least} to ${most}`;
  return [
    ok('tls', 'answers TLS 1.3 at once, without HelloRetryRequest'),
    profile.bothShares === X25519_MLKEM768
      ? ok('group', 'takes X25519MLKEM768, as present-day sites do')
      : warning(
          'group',
          'takes X25519; it does not know X25519MLKEM768',
          'a site of its own could have OpenSSL 3.5 or later, or a recent Caddy: fewer and fewer sites are without it',
        ),
    ok(
      'flight',
      `${total} encrypted bytes in ${plural(profile.records.length, 'record')}, of at most ${MAX_ENCRYPTED_BYTES}`,
      profile.records.length === 1
        ? null
        : 'clients accept one record only: the total is matched, the division is not; a site that sends one record is imitated exactly',
    ),
  ];
}

function certificateFinding(domain: string, certificate: CertificateReading, now: number): DomainFinding {
  const check = 'certificate';
  if (certificate.kind === 'failed') {
    return failed(check, `could not be read: ${certificate.reason}`, 'strangers see the same');
  }
  const days = Math.floor((certificate.validToMs - now) / DAY_MS);
  const term = days < 0 ? `expired ${plural(-days, 'day')} ago` : `valid for ${plural(days, 'more day')}`;
  const about = `issued by ${certificate.issuer}, ${term}`;
  if (certificate.distrust !== null) {
    return warning(
      check,
      `browsers do not accept it for ${domain} (${certificate.distrust}); ${about}`,
      'a stranger with a browser sees a warning, which real sites seldom have: get a certificate for this name',
    );
  }
  if (days < EXPIRES_SOON_DAYS) return warning(check, about, 'renew it');
  return ok(check, `covers ${domain}; ${about}`);
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
