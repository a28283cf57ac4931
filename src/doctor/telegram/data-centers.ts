import { type Finding, failed, ok } from '../../kit/finding.ts';
import { ANSWER_LIMIT_MS, type DcReading } from '../../telegram/ask-data-center.ts';
import { latencyText } from '../amounts.ts';

const OTHER_WAY = 'let Petrel go another way (telegram.upstream = "socks5://..."), or move it to another network';

/** @param throughSocks whether connections go through the SOCKS proxy of the configuration */
export function dcFinding(reading: DcReading, throughSocks: boolean): Finding {
  const check = `DC ${reading.dc}`;
  switch (reading.kind) {
    case 'answered': {
      const way = throughSocks ? 'through the SOCKS proxy' : reading.address;
      return ok(
        check,
        `answers in ${latencyText(reading.tookMs)}, connects in ${latencyText(reading.connectMs)} (${way})`,
      );
    }
    case 'unreachable':
      return failed(
        check,
        `cannot be reached: ${reading.reason}`,
        throughSocks
          ? 'see whether the SOCKS proxy of telegram.upstream runs and may connect to Telegram'
          : `let outgoing TCP pass the firewall; where Telegram is blocked, ${OTHER_WAY}`,
      );
    case 'silent':
      return failed(
        check,
        `connected, but no answer to req_pq in ${ANSWER_LIMIT_MS / 1_000} seconds: the way is filtered`,
        OTHER_WAY,
      );
    case 'closed':
      return failed(check, 'connected, but it was closed before an answer to req_pq: the way is filtered', OTHER_WAY);
    case 'foreign':
      return failed(
        check,
        `connected, but what answers is no data centre (${reading.reason})`,
        `something on the way answers in Telegram's place, or telegram.dc_overrides is wrong: ${OTHER_WAY}`,
      );
  }
}
