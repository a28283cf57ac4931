import type { Problem } from './problem.ts';

/** A value as it was written, and where. */
export interface Entry {
  readonly raw: unknown;
  /** "petrel.toml:7", ".env: MTPROTO_PORT", "environment: TLS_DOMAIN", "--port", "profile standard" or "default". */
  readonly source: string;
}

/** One place that values come from: key path to what it says, and what could not be understood there. */
export interface Layer {
  readonly entries: ReadonlyMap<string, Entry>;
  readonly problems: readonly Problem[];
  /** What is accepted and most likely a mistake. */
  readonly notices: readonly Problem[];
}

export const EMPTY_LAYER: Layer = layerOf([]);

/** A layer that has only entries. */
export function layerOf(entries: Iterable<readonly [path: string, entry: Entry]>): Layer {
  return { entries: new Map(entries), problems: [], notices: [] };
}

/** A layer of one place that can't be understood at all. */
export function refusedLayer(problem: Problem): Layer {
  return { entries: new Map(), problems: [problem], notices: [] };
}

/** What the highest of some layers that names a key says there; later layers are higher. */
export function writtenValue(layers: readonly Layer[], path: string): unknown {
  return layers.findLast((layer) => layer.entries.has(path))?.entries.get(path)?.raw;
}
