import type { Random } from '../kit/bytes.ts';
import type { Endpoint } from '../net/endpoint.ts';
import { askPq, type PqAnswer } from './ask-pq.ts';
import type { DcDialing } from './dialer.ts';

/** As long as Telegram's apps give a proxy to prove itself. */
export const ANSWER_LIMIT_MS = 5_000;

/** What became of asking a data centre; `address` is the one that accepted. */
export type DcAnswer =
  | { readonly kind: 'unreachable'; readonly reason: string }
  | ({ readonly address: Endpoint; readonly connectMs: number; readonly ip: string } & PqAnswer);

export interface DcQuestionParts {
  /** Connects the way the proxy does. */
  readonly dial: (dc: number) => DcDialing;
  readonly random: Random;
  readonly now: () => number;
  /** Gives connecting up; what is connected has `ANSWER_LIMIT_MS` in any case. */
  readonly signal: AbortSignal;
}

/** Connects to a data centre as the proxy would and asks it for pq. */
export async function askDataCenter(dc: number, { dial, random, now, signal }: DcQuestionParts): Promise<DcAnswer> {
  const startedAtMs = performance.now();
  const dialing = dial(dc);
  signal.addEventListener('abort', dialing.cancel, { once: true });
  if (signal.aborted) dialing.cancel();
  const dialled = await dialing.result;
  signal.removeEventListener('abort', dialing.cancel);
  if (dialled.kind === 'unknown-dc') return { kind: 'unreachable', reason: 'no address is known' };
  if (dialled.kind === 'unreachable') {
    return { kind: 'unreachable', reason: signal.aborted ? 'timed out' : dialled.reason };
  }
  const connectMs = performance.now() - startedAtMs;
  const { conn, address } = dialled;
  const { ip } = conn.remote;
  return { address, connectMs, ip, ...(await askPq(conn, { dc, limitMs: ANSWER_LIMIT_MS, random, now })) };
}

/** Why a data centre is of no use, in a few words; null when it answered. */
export function troubleOf(answer: DcAnswer): string | null {
  switch (answer.kind) {
    case 'answered':
      return null;
    case 'unreachable':
      return answer.reason;
    case 'silent':
      return `connected, but no answer in ${ANSWER_LIMIT_MS / 1_000} seconds`;
    case 'closed':
      return 'connected, but closed before an answer';
    case 'foreign':
      return `what answers is no data centre: ${answer.reason}`;
  }
}
