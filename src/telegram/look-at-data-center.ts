import { endpointText } from '../net/endpoint.ts';
import { askDataCenter, type DcAnswer, type DcQuestionParts } from './ask-data-center.ts';
import type { Dialer } from './dialer.ts';

export interface LookParts extends Omit<DcQuestionParts, 'dial'> {
  readonly dialer: Pick<Dialer, 'dialFresh' | 'judge'>;
}

/**
 * Asks a data centre at the address that a session would get, and where that one does not answer at the next, so that an address
 * is given up by us and not by a client.
 */
export async function lookAtDataCenter(dc: number, { dialer, ...question }: LookParts): Promise<DcAnswer> {
  const asked = new Set<string>();
  for (;;) {
    const answer = await askDataCenter(dc, { ...question, dial: (wanted) => dialer.dialFresh(wanted) });
    if (answer.kind === 'unreachable' || question.signal.aborted) return answer;
    dialer.judge(dc, answer.address, answer.kind);
    const address = endpointText(answer.address);
    if (answer.kind === 'answered' || asked.has(address)) return answer;
    asked.add(address);
  }
}
