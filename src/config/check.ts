import type { Checked, CheckedValues } from './checked.ts';
import { commonHint } from './hints/words.ts';
import type { Key } from './key.ts';
import type { Layer } from './layer.ts';
import { describeFound, type Problem } from './problem.ts';
import { keyAt } from './schema.ts';
import { type Refusal, readValue, type ValueType } from './value-type.ts';

/** Reads every value of a layer, also those that a later layer replaces: a bad value must not wait there. */
export function checkLayer(layer: Layer): { values: Map<string, Checked>; problems: Problem[] } {
  const values = new Map<string, Checked>();
  const problems = [...layer.problems];
  for (const [path, entry] of layer.entries) {
    const key = keyAt(path);
    if (key === undefined) continue; // the table of a user
    const reading = readValue(key.type, entry.raw);
    if (reading.kind === 'match') values.set(path, { value: reading.value, source: entry.source });
    else problems.push(...reading.refusals.map((refusal) => refusedValue(path, key, entry.source, refusal)));
  }
  return { values, problems };
}

function refusedValue(path: string, { type }: Key<unknown>, source: string, refusal: Refusal): Problem {
  return { source, path: path + refusal.at, text: refusal.reason === '' ? refusalText(type, refusal) : refusal.reason };
}

function refusalText(type: ValueType<unknown, string>, { at, found }: Refusal): string {
  const expected = at === '' ? type.expected : (type.expectedInside ?? type.expected);
  const hint = type.hint?.(found, at) ?? commonHint(found);
  return `expected ${expected}; found ${describeFound(found, type.isSecret)}${hint === null ? '' : `; ${hint}`}`;
}

/** Values other than the default of keys whose part is not built yet: they would do nothing. */
export function notYetProblems(values: CheckedValues): Problem[] {
  return [...values].flatMap(([path, { value, source }]) => {
    const key = keyAt(path);
    if (key?.notYet === undefined || isDefault(key, value)) return [];
    return [{ source, path, text: `not available yet: ${key.notYet}` }];
  });
}

function isDefault({ type, default: written }: Key<unknown>, value: unknown): boolean {
  const reading = readValue(type, written);
  return reading.kind === 'match' && Bun.deepEquals(reading.value, value, true);
}
