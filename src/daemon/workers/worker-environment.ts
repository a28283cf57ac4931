/**
 * What a worker gets of the environment: what the system's libraries and the log look at. It gets its configuration by message, so that
 * no secret has to stand in a variable, which the process's owner can read, and every program that it starts.
 */
const PASSED_ON: readonly string[] = [
  'PATH',
  'HOME',
  'TMPDIR',
  'TZ',
  'LANG',
  'TERM',
  'NO_COLOR',
  'LD_LIBRARY_PATH',
  'LD_PRELOAD',
  'RES_OPTIONS',
  'LOCALDOMAIN',
];

export function workerEnvironment(own: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    PASSED_ON.flatMap((name): [string, string][] => {
      const value = own[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
