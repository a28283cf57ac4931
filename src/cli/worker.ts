import { version } from '../../package.json';
import type { Order, Report } from '../daemon/workers/messages.ts';
import { readOrders } from '../daemon/workers/messages.ts';
import { Outbox } from '../daemon/workers/outbox.ts';
import { Worker } from '../daemon/workers/worker.ts';
import { forbidCoreDumps } from '../net/no-core-dumps.ts';
import { afterStart } from './after-start.ts';
import { EXIT_FAILURE, EXIT_OK, UsageError } from './command.ts';
import { openLog } from './open-log.ts';
import { surviveFaults } from './survive-faults.ts';

/** Serves as a worker until the supervisor ends it, or has ended itself. @throws UsageError when no supervisor started it */
export function work(): Promise<number> {
  if (process.send === undefined) throw new UsageError('worker: petrel run starts its workers itself (workers = 2)');
  const outbox = new Outbox<Report>((reports) => {
    if (process.connected) process.send?.(reports);
  });
  // Signals for all processes of a terminal or a service: the supervisor gets them too, and says what to do.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
  const ended = Promise.withResolvers<number>();
  let isStopping = false;
  process.on('disconnect', () => process.exit(isStopping ? EXIT_OK : EXIT_FAILURE));
  const post = (report: Report) => outbox.post(report);
  let worker: Worker | null = null;
  const obey = (order: Order) => {
    if (order.kind === 'start') worker = start(order, post);
    else worker?.obey(order); // what came before the start is part of it
    if (order.kind === 'stop') isStopping = true;
  };
  process.on('message', (raw: unknown) => {
    const orders = readOrders(raw);
    if (orders === null) process.exit(EXIT_FAILURE);
    else for (const order of orders) obey(order);
  });
  post({ kind: 'ready', version });
  return ended.promise;
}

function start(order: Extract<Order, { kind: 'start' }>, post: (report: Report) => void): Worker | null {
  const log = openLog(order.config.log, { worker: order.number });
  surviveFaults(log);
  forbidCoreDumps();
  try {
    const worker = new Worker(order, log, post);
    afterStart();
    return worker;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    post({ kind: 'failed', code, message: String(error) });
    return null;
  }
}
