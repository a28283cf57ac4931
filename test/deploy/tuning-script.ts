import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const SCRIPT = join(import.meta.dir, '../../optimize_system_lowres.sh');

export interface TuningSetting {
  readonly name: string;
  /** Numbers with + are the least, with - the most that is wanted. */
  readonly value: string;
  readonly reason: string;
}

/** The table in the script. */
export const SETTINGS: readonly TuningSetting[] = [
  ...readFileSync(SCRIPT, 'utf8').matchAll(/^([a-z0-9_.-]+) \| (.+?) \| (.+)$/gm),
].map(([, name = '', value = '', reason = '']) => ({ name, value, reason }));

export const SYSCTL_FILE = '/etc/sysctl.d/90-petrel.conf';
export const MODULES_FILE = '/etc/modules-load.d/90-petrel.conf';
export const LIMITS_FILE = '/etc/security/limits.d/90-petrel.conf';
export const JOURNAL_FILE = '/etc/systemd/journald.conf.d/90-petrel.conf';
export const OUR_FILES = [SYSCTL_FILE, MODULES_FILE, LIMITS_FILE, JOURNAL_FILE];
export const STATE = '/var/lib/petrel-tuning/before.conf';
/** The first line of each. */
export const HEADER = '# Written by optimize_system_lowres.sh and removed by its --revert.';

/** The line of the output that speaks of a setting or file. */
export function lineOf(out: string, name: string): string {
  const line = out.split('\n').find((text) => text.trim().startsWith(`${name} `));
  return line?.trim().slice(name.length).trim() ?? `no line for ${name}`;
}
