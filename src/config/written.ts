import type { Config } from './schema.ts';

/** Whether the operator wrote a key (the same value as the default counts too), and not a default or a profile. */
export function isWritten({ sources }: Pick<Config, 'sources'>, path: string): boolean {
  const source = sources.get(path) ?? 'default';
  return source !== 'default' && !source.startsWith('profile ');
}
