import type { Problem } from './problem.ts';
import type { Config } from './schema.ts';

const MAX_NAMES = 5; // of settings that one sentence lists

/**
 * What a reload would lose because a file is away or empty for a moment, as while an editor or a deployment writes it:
 * settings would fall back to their defaults, users be removed and cut. A restart goes on without the file.
 *
 * @param keptUsers how many users there are besides those of the configuration
 */
export function lossProblems(before: Config, after: Config, keptUsers: number): Problem[] {
  const problems = [...after.files].flatMap(([file, state]) => {
    const isGone = state !== 'filled' && before.files.get(file) === 'filled';
    return isGone ? goneFile(file, state, before) : [];
  });
  return problems.length > 0 ? problems : noUserLeft(before, after, keptUsers);
}

function goneFile(file: string, state: 'empty' | 'missing', { sources }: Config): Problem[] {
  const paths = [...sources]
    .filter(([, source]) => source === file || source.startsWith(`${file}:`))
    .map(([path]) => path);
  if (paths.length === 0) return [];
  const listed = paths.length > MAX_NAMES ? [...paths.slice(0, MAX_NAMES), `${paths.length - MAX_NAMES} more`] : paths;
  const found = state === 'missing' ? 'no such file' : 'the file is empty';
  const text = `${found}, and it set ${listed.join(', ')}: put that back and reload; a restart goes on without it`;
  return [{ source: file, path: '', text }];
}

function noUserLeft({ users, sources }: Config, after: Config, keptUsers: number): Problem[] {
  const [first] = users;
  if (first === undefined || after.users.length + keptUsers > 0) return [];
  const was = users.length === 1 ? `users.${first.name} was the only one` : `there were ${users.length}`;
  const text = `no user would be left, and ${was}: enabled = false keeps a user out; a restart goes on without users`;
  return [{ source: sources.get(`users.${first.name}.secret`) ?? '', path: 'users', text }];
}
