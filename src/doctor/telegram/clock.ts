import { type Finding, failed, ok, warning } from '../../kit/finding.ts';
import type { DcReading } from './data-centers.ts';

const SECOND_MS = 1_000;
const SET_THE_CLOCK = 'let the system set its clock: timedatectl set-ntp true, or install chrony';

/**
 * Compares this machine's clock with Telegram's.
 *
 * @param maxSkewMs how far a fake-TLS client's clock may differ from ours; null where no such clients are served
 */
export function clockFinding(readings: readonly DcReading[], maxSkewMs: number | null): Finding {
  const answers = readings.flatMap((reading) => (reading.kind === 'answered' ? [reading] : []));
  // The shortest way tells the time best: it is off by half of it at most.
  const [best] = answers.toSorted((a, b) => a.tookMs - b.tookMs);
  if (best === undefined) {
    return warning(
      'clock',
      'cannot be judged: no data centre answered',
      `look at it yourself (date -u); ${SET_THE_CLOCK}`,
    );
  }
  const { aheadMs } = best;
  const seconds = Math.round(Math.abs(aheadMs) / SECOND_MS);
  if (seconds === 0) return ok('clock', "agrees with Telegram's to the second");
  const seen = `${seconds} s ${aheadMs > 0 ? 'behind' : 'ahead of'} Telegram's`;
  if (maxSkewMs === null) return seconds < 60 ? ok('clock', seen) : warning('clock', seen, SET_THE_CLOCK);
  const limit = `${maxSkewMs / SECOND_MS} s are allowed, tls.max_clock_skew`;
  if (Math.abs(aheadMs) > maxSkewMs) {
    return failed(
      'clock',
      `${seen} (${limit})`,
      `fake-TLS clients whose clocks are right are refused: ${SET_THE_CLOCK}`,
    );
  }
  if (Math.abs(aheadMs) > maxSkewMs / 2) return warning('clock', `${seen} (${limit})`, SET_THE_CLOCK);
  return ok('clock', seen);
}
