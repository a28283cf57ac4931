import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { EMPTY_LAYER, type Layer } from './layer.ts';
import { tomlLayer } from './toml-layer.ts';

export const DEFAULT_FILE = 'petrel.toml';
export const DOTENV_FILE = '.env';

export type FileReading = { kind: 'text'; text: string } | { kind: 'missing' } | { kind: 'unreadable'; reason: string };

/** The configuration file's layer and its absolute path, null when there is no file. */
export interface FileLayer {
  readonly layer: Layer;
  readonly path: string | null;
}

/** Reads `--config FILE`, which must exist, or else petrel.toml, which may be missing. */
export function readConfigFile(cwd: string, asked: string | undefined): FileLayer {
  const name = asked ?? DEFAULT_FILE;
  const path = resolve(cwd, name);
  const reading = read(path);
  if (reading.kind === 'text') return { layer: tomlLayer(reading.text, name), path };
  if (reading.kind === 'missing' && asked === undefined) return { layer: EMPTY_LAYER, path: null };
  const text = reading.kind === 'missing' ? 'no such file' : reading.reason;
  return { layer: { entries: new Map(), problems: [{ source: name, path: '', text }] }, path: null };
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
