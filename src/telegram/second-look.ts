import { systemRandom } from '../kit/random.ts';
import type { Conn } from '../net/conn.ts';
import type { Dialing } from '../net/dialing.ts';
import { askPq } from './ask-pq.ts';

/** How long an address may take to answer a question that any data centre answers at once. */
const ANSWER_LIMIT_MS = 5_000;

/**
 * Asks a data centre for pq over a connection that is being made.
 * @returns `result`, which never rejects: whether it gave the right answer; `cancel` gives the question up
 */
export function secondLook(dialing: Dialing, dc: number): { result: Promise<boolean>; cancel(): void } {
  let open: Conn | null = null;
  const run = async (): Promise<boolean> => {
    const dialled = await dialing.result;
    if (dialled.kind === 'failed') return false;
    open = dialled.conn;
    const question = { dc, limitMs: ANSWER_LIMIT_MS, random: systemRandom, now: Date.now };
    return (await askPq(open, question)).kind === 'answered';
  };
  return {
    result: run().catch(() => false),
    cancel() {
      dialing.cancel();
      open?.close();
    },
  };
}
