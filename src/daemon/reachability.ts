import type { Log } from '../kit/log.ts';
import type { Dialer } from '../telegram/dialer.ts';

/** Something the proxy needs from the network; asked for at start so that the operator need not wait for a client. */
export interface Target {
  /** As messages name it: "Telegram", "the fronted site". */
  readonly name: string;
  /** @returns null when it can be reached, else why not */
  probe(): Promise<string | null>;
}

const FIRST_RETRY_MS = 15_000;
const LONGEST_RETRY_MS = 5 * 60_000;
const PROBED_DCS = [1, 2, 3, 4, 5];

/**
 * Asks once for each target and, where it can't be reached, again in the background until it can:
 * it is told when it fails first and when it works again. Serving does not wait for any of it.
 *
 * @returns stops asking
 */
export function watchReachability(targets: readonly Target[], log: Log): () => void {
  const timers = new Set<Timer>();
  let isStopped = false;
  const watch = async (target: Target, failures: number): Promise<void> => {
    const reason = await target.probe();
    if (isStopped) return;
    const hasFailed = failures > 0;
    if (reason === null) {
      log[hasFailed ? 'info' : 'debug'](`${target.name} can be reached`);
      return;
    }
    if (!hasFailed)
      log.warn(`${target.name} cannot be reached: serving all the same, trying again in the background`, { reason });
    const timer = setTimeout(
      () => {
        timers.delete(timer);
        void watch(target, failures + 1);
      },
      Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures),
    );
    timer.unref();
    timers.add(timer);
  };
  for (const target of targets) void watch(target, 0);
  return () => {
    isStopped = true;
    for (const timer of timers) clearTimeout(timer);
  };
}

/** Telegram, as this dialer reaches it. */
export function telegramTarget(dialer: Dialer): Target {
  const probe = async () => {
    const reasons = await Promise.all(PROBED_DCS.map((dc) => dialer.probe(dc)));
    const failed = PROBED_DCS.filter((_dc, index) => reasons[index] !== null);
    return failed.length === 0 ? null : `DC ${failed.join(', ')}: ${reasons.find((reason) => reason !== null)}`;
  };
  return { name: 'Telegram', probe };
}
