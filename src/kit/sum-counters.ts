/** Properties that say what is counted, not how much: the same in all parts. */
const NOT_COUNTED = ['bounds'];

/** Adds up plain objects of counters, nested ones too; a counter that some parts don't have is 0 there. None is changed. */
export function sumCounters<T extends object>(first: T, ...others: readonly T[]): T {
  const sum = structuredClone(first);
  for (const part of others) add(sum, part);
  return sum;
}

function add(sum: object, part: object): void {
  for (const [name, value] of Object.entries(part)) {
    const before: unknown = Reflect.get(sum, name);
    if (before === undefined) Reflect.set(sum, name, structuredClone(value));
    else if (NOT_COUNTED.includes(name)) continue;
    else if (typeof before === 'number' && typeof value === 'number') Reflect.set(sum, name, before + value);
    else if (isObject(before) && isObject(value)) add(before, value);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
