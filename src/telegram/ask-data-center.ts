import type { Random } from '../kit/bytes.ts';
import { askPq, type PqAnswer } from './ask-pq.ts';
import type { DcDialing } from './dialer.ts';

/** As long as Telegram's apps give a proxy to prove itself. */
export const ANSWER_LIMIT_MS = 5_000;

/** What became of a question to a data centre. */
export type DcReading = { readonly dc: number } & (
  | (Extract<PqAnswer, { kind: 'answered' }> & { readonly connectMs: number; readonly address: string })
  | Exclude<PqAnswer, { kind: 'answered' }>
  | { kind: 'unreachable'; reason: string }
);

export interface DcQuestionParts {
  /** Connects the way the proxy does. */
  readonly dial: (dc: number) => DcDialing;
  readonly random: Random;
  readonly now: () => number;
  /** Gives connecting up; what is connected has `ANSWER_LIMIT_MS` in any case. */
  readonly signal: AbortSignal;
}

/** Connects to a data centre as the proxy would and asks it for pq. */
export async function askDataCenter(dc: number, { dial, random, now, signal }: DcQuestionParts): Promise<DcReading> {
  const startedAtMs = performance.now();
  const dialing = dial(dc);
  signal.addEventListener('abort', dialing.cancel, { once: true });
  if (signal.aborted) dialing.cancel();
  const dialled = await dialing.result;
  signal.removeEventListener('abort', dialing.cancel);
  if (dialled.kind === 'unknown-dc') return { dc, kind: 'unreachable', reason: 'no address is known' };
  if (dialled.kind === 'unreachable') {
    return { dc, kind: 'unreachable', reason: signal.aborted ? 'timed out' : dialled.reason };
  }
  const connectMs = performance.now() - startedAtMs;
  const address = dialled.conn.remote.ip;
  const answer = await askPq(dialled.conn, { dc, limitMs: ANSWER_LIMIT_MS, random, now });
  return answer.kind === 'answered' ? { dc, ...answer, connectMs, address } : { dc, ...answer };
}

/** Why a data centre is of no use, in a few words; null when it answered. */
export function troubleOf(reading: DcReading): string | null {
  switch (reading.kind) {
    case 'answered':
      return null;
    case 'unreachable':
      return reading.reason;
    case 'silent':
      return `connected, but no answer in ${ANSWER_LIMIT_MS / 1_000} seconds`;
    case 'closed':
      return 'connected, but closed before an answer';
    case 'foreign':
      return `what answers is no data centre: ${reading.reason}`;
  }
}
