import type { Config } from '../config/schema.ts';
import type { Log } from '../kit/log.ts';

const MAX_LINES = 20; // a machine with hundreds of such variables must not flood the log

/** Logs what was accepted in the configuration and most likely is a mistake: at the start, and at each reload. */
export function logNotices({ notices }: Pick<Config, 'notices'>, log: Log): void {
  for (const { source, path, text } of notices.slice(0, MAX_LINES)) {
    log.warn('the configuration may not say what you mean', {
      place: source,
      ...(path !== '' && { key: path }),
      reason: text,
    });
  }
  const more = notices.length - MAX_LINES;
  if (more > 0) log.warn('the configuration may not say what you mean in more places', { places: more });
}
