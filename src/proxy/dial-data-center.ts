import type { Conn } from '../net/conn.ts';
import { AwaitedAnswer } from './awaited-answer.ts';
import type { Outcome } from './outcome.ts';
import type { Plane } from './plane.ts';
import type { Session } from './session-table.ts';

/**
 * Connects a session to its data centre. The client may leave meanwhile, and FIN is enough of a sign, as no client of
 * Telegram's closes one way only: the dialling is then given up.
 */
export async function dialDataCenter(session: Session, dc: number, plane: Plane): Promise<Conn | Outcome> {
  const { ledger, complaints } = plane;
  session.dc = dc;
  session.deadlineMs = 0; // dialling has a limit of its own
  const dialing = plane.dialer.dial(dc);
  const left = session.reader?.left() ?? ('left' as const);
  const result = await Promise.race([dialing.result, left]);
  if (result === 'left') {
    dialing.cancel();
    return 'left';
  }
  switch (result.kind) {
    case 'unknown-dc':
      ledger.unknownDcs += 1;
      complaints.unknownDc(dc);
      return 'unknown-dc';
    case 'unreachable':
      ledger.dataCenter(dc).sessionFailures += 1;
      complaints.dcFailed(dc, result.reason);
      return 'dc-unreachable';
    case 'connected':
      ledger.dataCenter(dc).sessions += 1;
      if (result.wasReady) ledger.dataCenter(dc).sessionsReady += 1;
      session.answer = new AwaitedAnswer(session, plane, dc, result.address);
      return result.conn;
  }
}
