import { addBallast } from '../kit/ballast.ts';
import { releaseStartPages } from '../net/release-start-pages.ts';

/** By then the start is over, first name look-ups included. */
const START_OVER_MS = 3_000;
/** The first sessions bring machine code in that is not needed again (the compiler's above all): given back as often. */
const CODE_RELEASE_MS = 10_000;

/** Gives back, a while from now, the memory that only the start needed, and sets how long the collector may wait from then on. */
export function afterStart(): void {
  setTimeout(() => {
    addBallast(); // before a full collection, which reckons with it
    Bun.gc(true);
    releaseStartPages();
    setInterval(releaseStartPages, CODE_RELEASE_MS).unref();
  }, START_OVER_MS).unref();
}
