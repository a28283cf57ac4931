import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { EMPTY_LAYER, type Layer, refusedLayer } from './layer.ts';
import { tomlLayer } from './toml-layer.ts';

export const DEFAULT_FILE = 'petrel.toml';
export const DOTENV_FILE = '.env';

/** Whether a file is there and says anything at all. */
export type FileState = 'filled' | 'empty' | 'missing';

export type FileReading = { kind: 'text'; text: string } | { kind: 'missing' } | { kind: 'unreadable'; reason: string };

/** The configuration file's layer and its absolute path, null when there is no file. */
export interface FileLayer {
  readonly layer: Layer;
  readonly path: string | null;
  /** As it is called in messages. */
  readonly name: string;
  readonly state: FileState;
}

/** Reads `--config FILE`, which must exist, or else petrel.toml, which may be missing. */
export function readConfigFile(cwd: string, asked: string | undefined): FileLayer {
  const name = asked ?? DEFAULT_FILE;
  const path = resolve(cwd, name);
  const reading = read(path);
  if (reading.kind === 'text') return { layer: tomlLayer(reading.text, name), path, name, state: stateOf(reading) };
  const none = { path: null, name, state: 'missing' } as const;
  if (reading.kind === 'missing' && asked === undefined) return { layer: EMPTY_LAYER, ...none };
  const text = reading.kind === 'missing' ? 'no such file' : reading.reason;
  return { layer: refusedLayer({ source: name, path: '', text }), ...none };
}

export function stateOf(reading: FileReading): FileState {
  if (reading.kind !== 'text') return 'missing';
  return reading.text.trim() === '' ? 'empty' : 'filled';
}

/** The text of the working directory's `.env`; an unreadable one is a reason. */
export function readDotenvFile(cwd: string): FileReading {
  return read(join(cwd, DOTENV_FILE));
}

function read(path: string): FileReading {
  try {
    return { kind: 'text', text: readFileSync(path, 'utf8') };
  } catch (error) {
    const code = errorCode(error);
    if (code === null) throw error;
    return code === 'ENOENT' ? { kind: 'missing' } : { kind: 'unreadable', reason: `cannot be read (${code})` };
  }
}

function errorCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}
