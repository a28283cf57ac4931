import { readText } from '../kit/read-text.ts';

/**
 * The environment that this process was started with. The runtime may add what a .env file in the working directory says;
 * Petrel reads that file itself, and again at each reload, so that a copy of it from the start must not win over it.
 */
export function startEnvironment(): Readonly<Record<string, string | undefined>> {
  const text = readText('/proc/self/environ'); // not readable for an executable with capabilities, which loads no .env
  if (text === null) return process.env;
  return Object.fromEntries(text.split('\0').flatMap((entry) => pair(entry)));
}

function pair(entry: string): [name: string, value: string][] {
  const equals = entry.indexOf('=');
  return equals < 1 ? [] : [[entry.slice(0, equals), entry.slice(equals + 1)]];
}
