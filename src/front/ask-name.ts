import { hex, type Random } from '../kit/bytes.ts';
import { readPlainCertificate } from '../wire/tls/plain-certificate.ts';
import { buildClientHello } from '../wire/tls/synthetic-hello.ts';
import { askSite } from './ask-site.ts';
import { markHello, type OwnMarks } from './own-marks.ts';
import { type Reading, type SiteAddress, type Standing, visitSite } from './visit-site.ts';

/** What a site has for visitors of a server name, as far as that shows without a key. */
export type NameAnswer =
  | { readonly kind: 'certificate'; readonly digest: string }
  /** TLS 1.3 alone, which hides the certificate: the bytes of its first flight. */
  | { readonly kind: 'flight'; readonly bytes: number }
  /** An alert, or the end. */
  | { readonly kind: 'refused' }
  | { readonly kind: 'silent' }
  | { readonly kind: 'unreachable'; readonly reason: string };

export interface NameVisit {
  readonly answer: NameAnswer;
  /** Where the site was met; empty for a unix socket, and when it was not. */
  readonly ip: string;
}

const ANSWER_TIMEOUT_MS = 1_000;
/** Signatures vary in length by some bytes. */
const FLIGHT_NOISE_BYTES = 8;

/** Asks a site for a name, first with TLS 1.2, which shows certificates. */
export async function askName(
  site: SiteAddress,
  name: string,
  marks: OwnMarks,
  random: Random,
  signal: AbortSignal,
): Promise<NameVisit> {
  const opening = markHello(buildClientHello({ domain: name, random, shape: 'tls12' }), marks.make());
  const visit = await visitSite(site, { opening, answerMs: ANSWER_TIMEOUT_MS, read }, signal);
  if (visit.kind === 'unreachable') return { answer: visit, ip: '' };
  const { result, ip } = visit;
  if (result.kind !== 'refused') return { answer: result, ip };
  const answer = await askSite(site, buildClientHello({ domain: name, random }), marks, signal);
  if (answer.kind !== 'answered') return { answer: { kind: 'refused' }, ip };
  return { answer: { kind: 'flight', bytes: answer.flight.encrypted.reduce((sum, length) => sum + length, 0) }, ip };
}

/** Whether two names get the same of a site. */
export function isSameAnswer(one: NameAnswer, other: NameAnswer): boolean {
  if (one.kind === 'certificate') return other.kind === 'certificate' && other.digest === one.digest;
  if (one.kind !== 'flight') return one.kind === other.kind;
  return other.kind === 'flight' && Math.abs(other.bytes - one.bytes) <= FLIGHT_NOISE_BYTES;
}

function read(bytes: Uint8Array, standing: Standing): Reading<NameAnswer> {
  const reading = readPlainCertificate(bytes);
  if (reading.kind === 'match') {
    const digest = hex(new Bun.CryptoHasher('sha256').update(reading.message).digest());
    return { kind: 'done', result: { kind: 'certificate', digest } };
  }
  if (reading.kind === 'reject' || standing === 'ended') return { kind: 'done', result: { kind: 'refused' } };
  return standing === 'silent' ? { kind: 'done', result: { kind: 'silent' } } : { kind: 'more' };
}
