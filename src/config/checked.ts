import type { Secret } from '../wire/secret.ts';
import type { Entry, Layer } from './layer.ts';

const USER_TABLE = /^users\.([^.*]+)$/;

/** A value that was read, with its place. */
export interface Checked<T = unknown> {
  readonly value: T;
  readonly source: string;
}

/** Key path to what counts there. */
export type CheckedValues = ReadonlyMap<string, Checked>;

/** The users' names and where each table stands, in the order of their first mention. */
export function userTables(layers: readonly Layer[]): Map<string, Entry> {
  const tables = new Map<string, Entry>();
  for (const [path, entry] of layers.flatMap((layer) => [...layer.entries])) {
    const name = USER_TABLE.exec(path)?.[1];
    if (name !== undefined && !tables.has(name)) tables.set(name, entry);
  }
  return tables;
}

export function secretPath(user: string): string {
  return `users.${user}.secret`;
}

/** A user's secret; null when it was refused or is missing. */
export function secretOf(values: CheckedValues, user: string): Checked<Secret> | null {
  const secret = values.get(secretPath(user));
  return secret === undefined ? null : { value: secret.value as Secret, source: secret.source }; // what its type reads
}
