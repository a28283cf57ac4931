import { type Finding, failed, ok, warning } from '../../kit/finding.ts';
import { type Endpoint, endpointText } from '../../net/endpoint.ts';
import { ANSWER_LIMIT_MS, type DcAnswer } from '../../telegram/ask-data-center.ts';
import { latencyText } from '../amounts.ts';

/** What became of asking one address of a data centre. */
export type DcReading = DcAnswer & { readonly dc: number; readonly endpoint: Endpoint };

const OTHER_WAY = 'let Petrel go another way (telegram.upstream = "socks5://..."), or move it to another network';

/**
 * One finding for a data centre by the address that answers best, and one for each other address that misleads: it accepts
 * connections and does not answer. One that cannot be reached at all costs nobody anything, the next one is taken.
 *
 * @param readings of all its addresses
 * @param throughSocks whether connections go through the SOCKS proxy of the configuration
 */
export function dcFindings(readings: readonly DcReading[], throughSocks: boolean): Finding[] {
  const [first] = readings;
  if (first === undefined) return [];
  const best = readings.find(({ kind }) => kind === 'answered') ?? readings.find(isMisleading) ?? first;
  const others = best.kind === 'answered' ? readings.filter(isMisleading) : [];
  return [dcFinding(best, throughSocks), ...others.map(addressFinding)];
}

function isMisleading({ kind }: DcReading): boolean {
  return kind === 'silent' || kind === 'closed' || kind === 'foreign';
}

const MISLEADING: Readonly<Record<string, string>> = {
  silent: 'accepts connections but does not answer',
  closed: 'accepts connections and closes them',
  foreign: 'is no data centre',
};

function addressFinding({ dc, endpoint, kind }: DcReading): Finding {
  return warning(
    `DC ${dc}`,
    `${endpointText(endpoint)} ${MISLEADING[kind]}; another address of this data centre works`,
    'Petrel prefers the other one after a session or two without an answer; take this one out of telegram.dc_overrides if it stands there',
  );
}

function dcFinding(reading: DcReading, throughSocks: boolean): Finding {
  const check = `DC ${reading.dc}`;
  switch (reading.kind) {
    case 'answered': {
      const way = throughSocks ? 'through the SOCKS proxy' : reading.ip;
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
