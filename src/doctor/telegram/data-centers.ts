import type { Random } from '../../kit/bytes.ts';
import { type Finding, failed, ok, warning } from '../../kit/finding.ts';
import { type Endpoint, endpointText } from '../../net/endpoint.ts';
import { askPq, type PqAnswer } from '../../telegram/ask-pq.ts';
import type { DcDialing } from '../../telegram/dialer.ts';
import { latencyText } from '../amounts.ts';

/** The data centres that accounts and files live in. */
export const EXAMINED_DCS = [1, 2, 3, 4, 5, 203];
/** As long as Telegram's apps give a proxy to prove itself. */
const ANSWER_LIMIT_MS = 5_000;

/** What became of asking one address. */
export type DcAnswer =
  | (Extract<PqAnswer, { kind: 'answered' }> & { readonly connectMs: number; readonly address: string })
  | Exclude<PqAnswer, { kind: 'answered' }>
  | { kind: 'unreachable'; reason: string };

export type DcReading = DcAnswer & { readonly dc: number; readonly endpoint: Endpoint };

export interface DcQuestionParts {
  /** Connects the way the proxy does. */
  readonly dialer: { dial(dc: number): DcDialing };
  readonly random: Random;
  readonly now: () => number;
  /** Gives connecting up. */
  readonly signal: AbortSignal;
}

/** Connects to an address of a data centre as the proxy would and asks it for pq. @param dialer one that knows no other address */
export async function askDataCenter(
  dc: number,
  endpoint: Endpoint,
  { dialer, random, now, signal }: DcQuestionParts,
): Promise<DcReading> {
  const reading = await askForPq(dc, { dialer, random, now, signal });
  return { dc, endpoint, ...reading };
}

async function askForPq(dc: number, { dialer, random, now, signal }: DcQuestionParts): Promise<DcAnswer> {
  const startedAtMs = performance.now();
  const dialing = dialer.dial(dc);
  signal.addEventListener('abort', dialing.cancel, { once: true });
  if (signal.aborted) dialing.cancel();
  const dialled = await dialing.result;
  signal.removeEventListener('abort', dialing.cancel);
  if (dialled.kind === 'unknown-dc') return { kind: 'unreachable', reason: 'no address is known' };
  if (dialled.kind === 'unreachable') {
    return { kind: 'unreachable', reason: signal.aborted ? 'timed out' : dialled.reason };
  }
  const connectMs = performance.now() - startedAtMs;
  const address = dialled.conn.remote.ip;
  const answer = await askPq(dialled.conn, { dc, limitMs: ANSWER_LIMIT_MS, random, now });
  return answer.kind === 'answered' ? { ...answer, connectMs, address } : answer;
}

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
