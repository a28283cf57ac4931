import { existsSync } from 'node:fs';
import { controlSocketPath } from './control-path.ts';
import type { Snapshot } from './snapshot.ts';

/** absent: there is no control socket at all. silent: there is one, but it gave no answer. */
export type Asked =
  | { readonly kind: 'running'; readonly snapshot: Snapshot }
  | { readonly kind: 'absent' | 'silent'; readonly reason: string };

/** A healthy proxy answers in milliseconds; one that needs longer isn't. */
const ANSWER_LIMIT_MS = 4_000;

/** Asks the proxy that runs with this data folder for its figures. */
export async function askRunning(dataDir: string): Promise<Asked> {
  const path = controlSocketPath(dataDir);
  if (!existsSync(path)) return { kind: 'absent', reason: `no proxy runs with this data folder (there is no ${path})` };
  try {
    const response = await fetch('http://petrel/api/v1/status', {
      unix: path,
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    });
    if (!response.ok) return { kind: 'silent', reason: `${path} answered ${response.status}` };
    return { kind: 'running', snapshot: (await response.json()) as Snapshot };
  } catch (error) {
    return { kind: 'silent', reason: reasonOf(error, path) };
  }
}

function reasonOf(error: unknown, path: string): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer on ${path} in ${ANSWER_LIMIT_MS / 1_000} seconds`;
  const code = 'code' in error ? String(error.code) : '';
  const reasons: Record<string, string> = {
    ECONNREFUSED: `no proxy runs with this data folder (nobody answers on ${path})`,
    ConnectionRefused: `no proxy runs with this data folder (nobody answers on ${path})`,
    FailedToOpenSocket: `no proxy runs with this data folder (${path} is missing, or yours not to open)`,
    EACCES: `${path} belongs to another user: run this as that user or as root`,
  };
  return reasons[code] ?? `${path}: ${error.message}`;
}
