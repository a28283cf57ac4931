import { readSiteFlight, type SiteFlight } from '../wire/tls/site-flight.ts';
import { markHello, type OwnMarks } from './own-marks.ts';
import { type Reading, type SiteAddress, type Standing, visitSite } from './visit-site.ts';

export type SiteAnswer =
  | { kind: 'answered'; flight: SiteFlight }
  | { kind: 'failed'; reason: string }
  /** The question came in at our own listener. */
  | { kind: 'ourselves' };

/** Begins the reason where nobody answers at all. */
export const UNREACHED = 'cannot be reached: ';

const ANSWER_TIMEOUT_MS = 5_000;
/** A site that has been silent so long after its first encrypted record has said all. */
const QUIET_MS = 400;

/**
 * Sends one hello to a site and waits until its answer is whole.
 * @param hello its random is overwritten with a mark of ours
 * @param signal gives the question up
 */
export async function askSite(
  site: SiteAddress,
  hello: Uint8Array,
  marks: OwnMarks,
  signal: AbortSignal,
): Promise<SiteAnswer> {
  if (signal.aborted) return { kind: 'failed', reason: 'given up' };
  const mark = marks.make();
  const opening = markHello(hello, mark);
  const read = (bytes: Uint8Array, standing: Standing): Reading<SiteAnswer> => {
    const echo = marks.isEcho(bytes, mark);
    if (echo === true) return { kind: 'done', result: { kind: 'ourselves' } };
    return echo === 'maybe' && standing === 'open' ? { kind: 'more' } : readAnswer(bytes, standing);
  };
  const visit = await visitSite(site, { opening, answerMs: ANSWER_TIMEOUT_MS, read }, signal);
  return visit.kind === 'answered' ? visit.result : { kind: 'failed', reason: UNREACHED + visit.reason };
}

function readAnswer(bytes: Uint8Array, standing: Standing): Reading<SiteAnswer> {
  const reading = readSiteFlight(bytes);
  if (reading.kind === 'reject') return done({ kind: 'failed', reason: reading.reason });
  const flight = reading.kind === 'match' ? reading.flight : null;
  if (standing !== 'open') {
    return done(flight === null ? { kind: 'failed', reason: 'no answer' } : { kind: 'answered', flight });
  }
  return flight === null || flight.isCut ? { kind: 'more' } : { kind: 'more', withinMs: QUIET_MS };
}

function done(result: SiteAnswer): Reading<SiteAnswer> {
  return { kind: 'done', result };
}
