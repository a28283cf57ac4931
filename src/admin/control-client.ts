import { statSync } from 'node:fs';
import { controlSocketPath, LINKS_PATH, STATUS_PATH } from './control-path.ts';
import type { LinkSource } from './link-source.ts';
import type { Snapshot } from './snapshot.ts';

/** absent: there is no control socket at all. silent: there is one, but it gave no answer. */
export type NoAnswer = { readonly kind: 'absent' | 'silent'; readonly reason: string };
export type Asked = { readonly kind: 'running'; readonly snapshot: Snapshot } | NoAnswer;
export type AskedLinks = { readonly kind: 'running'; readonly links: LinkSource } | NoAnswer;

/** A healthy proxy answers in milliseconds; one that needs longer isn't. */
const ANSWER_LIMIT_MS = 4_000;

/** Asks the proxy that runs with this data folder for its figures. */
export async function askRunning(dataDir: string): Promise<Asked> {
  const answer = await ask(dataDir, STATUS_PATH);
  return answer.kind === 'answer' ? { kind: 'running', snapshot: answer.json as Snapshot } : answer;
}

/** Asks it what its users' links are made of. */
export async function askLinks(dataDir: string): Promise<AskedLinks> {
  const answer = await ask(dataDir, LINKS_PATH);
  return answer.kind === 'answer' ? { kind: 'running', links: answer.json as LinkSource } : answer;
}

async function ask(dataDir: string, route: string): Promise<{ kind: 'answer'; json: unknown } | NoAnswer> {
  const path = controlSocketPath(dataDir);
  if (isMissing(path)) return { kind: 'absent', reason: `no proxy runs with this data folder (there is no ${path})` };
  try {
    const response = await fetch(`http://petrel${route}`, { unix: path, signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
    if (!response.ok) return { kind: 'silent', reason: `${path} answered ${response.status} to ${route}` };
    return { kind: 'answer', json: await response.json() };
  } catch (error) {
    return { kind: 'silent', reason: reasonOf(error, path) };
  }
}

/** One that may not be looked at is there: opening it says why not. */
function isMissing(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) === undefined;
  } catch (error) {
    return codeOf(error) !== 'EACCES';
  }
}

function reasonOf(error: unknown, path: string): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer on ${path} in ${ANSWER_LIMIT_MS / 1_000} seconds`;
  const reasons: Record<string, string> = {
    ECONNREFUSED: `no proxy runs with this data folder (nobody answers on ${path})`,
    ConnectionRefused: `no proxy runs with this data folder (nobody answers on ${path})`,
    FailedToOpenSocket: whyNotOpened(path),
    EACCES: forbidden(path),
  };
  return reasons[codeOf(error)] ?? `${path}: ${error.message}`;
}

/** The runtime does not say more. */
function whyNotOpened(path: string): string {
  try {
    const { uid } = statSync(path);
    return uid === process.getuid?.()
      ? `no proxy runs with this data folder (nobody answers on ${path})`
      : forbidden(path);
  } catch (error) {
    return codeOf(error) === 'EACCES' ? forbidden(path) : `no proxy runs with this data folder (${path} has gone)`;
  }
}

function forbidden(path: string): string {
  return `${path} belongs to another user: run this as that user or as root`;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
