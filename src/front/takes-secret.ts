import type { Random } from '../kit/bytes.ts';
import { helloRandom } from '../wire/tls/client-hello.ts';
import { signHello } from '../wire/tls/hello-digest.ts';
import { readServerFlight } from '../wire/tls/server-flight.ts';
import { buildClientHello } from '../wire/tls/synthetic-hello.ts';
import { type Reading, type SiteAddress, type Standing, visitSite } from './visit-site.ts';

const ANSWER_TIMEOUT_MS = 3_000;

/**
 * Whether a site answers as a proxy does that has this secret. Then it is no site: whoever is led there is led in a circle.
 * @param nowMs of the wall clock, which the hello tells
 */
export async function takesSecret(
  site: SiteAddress,
  secret: { readonly domain: string; readonly key: Uint8Array },
  { random, nowMs, signal }: { random: Random; nowMs: number; signal: AbortSignal },
): Promise<boolean> {
  const { domain, key } = secret;
  const opening = signHello(buildClientHello({ domain, random }), key, Math.floor(nowMs / 1_000));
  const read = (bytes: Uint8Array, standing: Standing): Reading<boolean> => {
    const reading = readServerFlight(bytes, key, helloRandom(opening));
    if (reading.kind === 'need-more' && standing === 'open') return { kind: 'more' };
    return { kind: 'done', result: reading.kind === 'match' };
  };
  const visit = await visitSite(site, { opening, answerMs: ANSWER_TIMEOUT_MS, read }, signal);
  return visit.kind === 'answered' && visit.result;
}
