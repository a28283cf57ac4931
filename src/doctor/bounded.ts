import { failed } from '../kit/finding.ts';
import type { Group } from './report.ts';

/** Gives groups of findings a limit of time; one that is late, or breaks, becomes a failed finding of its own. */
export async function bounded(title: string, limitMs: number, examine: () => Promise<Group[]>): Promise<Group[]> {
  const { promise: late, resolve } = Promise.withResolvers<Group[]>();
  const timer = setTimeout(
    () =>
      resolve(broken(title, `not over after ${limitMs / 1_000} seconds`, 'run it again when the machine is less busy')),
    limitMs,
  );
  try {
    return await Promise.race([examine(), late]);
  } catch (error) {
    return broken(
      title,
      `broke: ${error instanceof Error ? error.message : String(error)}`,
      'a fault of Petrel: please report it',
    );
  } finally {
    clearTimeout(timer);
  }
}

function broken(title: string, seen: string, advice: string): Group[] {
  return [{ title, findings: [failed('examination', seen, advice)] }];
}
