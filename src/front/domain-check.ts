import { canonicalIp } from '../kit/address.ts';
import type { Random } from '../kit/bytes.ts';
import { parseIp } from '../kit/ip.ts';
import type { SiteAddress } from './ask-site.ts';
import { type CertificateReading, readCertificate } from './certificate.ts';
import { MAX_ENCRYPTED_BYTES, type SiteProfile, X25519_MLKEM768 } from './profile.ts';
import { type Survey, surveySite } from './survey.ts';

export type Verdict = 'ok' | 'warning' | 'failed';

/** One thing that was looked at, for a person. */
export interface Finding {
  readonly check: 'name' | 'dns' | 'tls' | 'group' | 'flight' | 'certificate';
  readonly verdict: Verdict;
  /** What was seen. */
  readonly seen: string;
  /** Why it matters and what to do; null when there is nothing to do. */
  readonly advice: string | null;
}

export interface DomainReport {
  readonly domain: string;
  readonly findings: readonly Finding[];
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
  /** Ends every check that is still under way. */
  readonly signal: AbortSignal;
  readonly now: number;
}

const DAY_MS = 24 * 3_600_000;
const EXPIRES_SOON_DAYS = 14;

/** Looks at a domain as clients and censors would. Each check stands alone and ends in bounded time. */
export async function checkDomain(domain: string, site: SiteAddress, parts: DomainCheckParts): Promise<DomainReport> {
  const { publicHost, ownAddresses, random, signal } = parts;
  const [addresses, publicAddresses, survey, certificate] = await Promise.all([
    addressesOf(domain, parts),
    publicHost === '' ? [] : addressesOf(publicHost, parts),
    surveySite(domain, site, random, signal),
    readCertificate(domain, site, signal),
  ]);
  const own = typeof publicAddresses === 'string' ? ownAddresses : [...ownAddresses, ...publicAddresses];
  const findings = [
    ...nameFindings(addresses, [...new Set(own.map(canonicalIp))]),
    ...flightFindings(survey),
    certificateFinding(domain, certificate, parts.now),
  ];
  return {
    domain,
    findings,
    profile: survey.kind === 'fit' ? survey.profile : null,
    canBeFronted: findings.every(({ verdict }) => verdict !== 'failed'),
  };
}

/** The addresses of a name, or why there are none. */
async function addressesOf(name: string, { resolve, signal }: DomainCheckParts): Promise<string[] | string> {
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

function nameFindings(addresses: string[] | string, own: readonly string[]): Finding[] {
  if (typeof addresses === 'string') {
    return [
      {
        check: 'name',
        verdict: 'warning',
        seen: `the name cannot be resolved here (${addresses})`,
        advice:
          'clients never resolve it, but whoever checks the server name of a connection against DNS finds nothing',
      },
    ];
  }
  const isOurs = addresses.some((address) => own.includes(canonicalIp(address)));
  return [
    { check: 'name', verdict: 'ok', seen: `resolves to ${addresses.join(', ')}`, advice: null },
    isOurs
      ? { check: 'dns', verdict: 'ok', seen: 'DNS points to this machine, as with an ordinary site', advice: null }
      : {
          check: 'dns',
          verdict: 'warning',
          seen: `DNS points elsewhere than to this machine (${own.join(', ') || 'no public address found'})`,
          advice:
            "a censor that compares a connection's server name and address with DNS sees that this is not the site; front a domain of your own whose address record is this machine, with a real site behind Petrel (behind NAT: set public_host, so that the outside address is known here)",
        },
  ];
}

const REMEDIES: Record<Extract<Survey, { kind: 'unfit' }>['why'], string> = {
  'no-answer': 'start the site, or say where it is with --site HOST:PORT',
  tls12: 'turn TLS 1.3 on at the site, or front another domain',
  retry: 'let the site take X25519 (ssl_ecdh_curve X25519:... in nginx), or front another domain',
  group: 'let the site take X25519 (ssl_ecdh_curve X25519:... in nginx), or front another domain',
  size: 'use a shorter certificate chain, or front another domain',
};

function flightFindings(survey: Survey): Finding[] {
  if (survey.kind === 'unfit') {
    return [{ check: 'tls', verdict: 'failed', seen: survey.reason, advice: REMEDIES[survey.why] }];
  }
  const { profile } = survey;
  const [least, most] = [Math.min(...profile.encryptedTotals), Math.max(...profile.encryptedTotals)];
  const total = least === most ? `${least}` : `${least} to ${most}`;
  return [
    { check: 'tls', verdict: 'ok', seen: 'answers TLS 1.3 at once, without HelloRetryRequest', advice: null },
    profile.bothShares === X25519_MLKEM768
      ? { check: 'group', verdict: 'ok', seen: 'takes X25519MLKEM768, as present-day sites do', advice: null }
      : {
          check: 'group',
          verdict: 'warning',
          seen: 'takes X25519; it does not know X25519MLKEM768',
          advice:
            'a site of its own could have OpenSSL 3.5 or later, or a recent Caddy: fewer and fewer sites are without it',
        },
    {
      check: 'flight',
      verdict: 'ok',
      seen: `${total} encrypted bytes in ${plural(profile.records.length, 'record')}, of at most ${MAX_ENCRYPTED_BYTES}`,
      advice:
        profile.records.length === 1
          ? null
          : 'clients accept one record only: the total is matched, the division is not; a site that sends one record is imitated exactly',
    },
  ];
}

function certificateFinding(domain: string, certificate: CertificateReading, now: number): Finding {
  const check = 'certificate';
  if (certificate.kind === 'failed') {
    return {
      check,
      verdict: 'failed',
      seen: `could not be read: ${certificate.reason}`,
      advice: 'strangers see the same',
    };
  }
  const days = Math.floor((certificate.validToMs - now) / DAY_MS);
  const term = days < 0 ? `expired ${plural(-days, 'day')} ago` : `valid for ${plural(days, 'more day')}`;
  const about = `issued by ${certificate.issuer}, ${term}`;
  if (certificate.distrust !== null) {
    return {
      check,
      verdict: 'warning',
      seen: `browsers do not accept it for ${domain} (${certificate.distrust}); ${about}`,
      advice: 'a stranger with a browser sees a warning, which real sites seldom have: get a certificate for this name',
    };
  }
  if (days < EXPIRES_SOON_DAYS) return { check, verdict: 'warning', seen: about, advice: 'renew it' };
  return { check, verdict: 'ok', seen: `covers ${domain}; ${about}`, advice: null };
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
