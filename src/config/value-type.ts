import * as v from 'valibot';

/**
 * How one kind of value is written, checked and named after it was read.
 *
 * `Suffix` is the unit that the configuration object appends to the key's name: "idle_timeout" becomes "idleTimeoutMs".
 */
export interface ValueType<T, Suffix extends string = ''> {
  /** Completes the sentence "expected …". */
  readonly expected: string;
  /** The same for one value inside a list or a table. */
  readonly expectedInside?: string;
  readonly suffix: Suffix;
  /** Reads what TOML gave. */
  readonly schema: v.GenericSchema<unknown, T>;
  /** Turns a variable's or a flag's text into what TOML would have given; null when the type has no text form. */
  readonly fromText: ((text: string) => unknown) | null;
  /** Messages must not repeat the value. */
  readonly isSecret: boolean;
  /**
   * What was most likely meant by a refused value, or by the one inside it that was refused, and how to write that:
   * "write it without quotes: 443". Null when nothing comes to mind.
   * @param at the place inside a list or a table, as in `Refusal`
   */
  readonly hint?: (found: unknown, at: string) => string | null;
}

type Reading<T> = { kind: 'match'; value: T } | { kind: 'reject'; refusals: Refusal[] };

/** One fault found in a value. */
export interface Refusal {
  /** Why, where the type has more to say than what it expected; empty otherwise. */
  readonly reason: string;
  /** Place inside a list or a table, such as "[1]" or ".2[0]"; empty for the value itself. */
  readonly at: string;
  /** What stood there, as it was written. */
  readonly found: unknown;
}

/** A schema over whatever was written: `parse` gives the value, or undefined for what it can't read. */
export function parsed<T>(parse: (raw: unknown) => T | undefined): v.GenericSchema<unknown, T> {
  return v.pipe(
    v.unknown(),
    v.rawTransform<unknown, T>(({ dataset, addIssue, NEVER }) => {
      const value = parse(dataset.value);
      if (value !== undefined) return value;
      addIssue();
      return NEVER;
    }),
  );
}

/** A value type over text: `parse` gives the value, or undefined for what it can't read. */
export function textType<T, Suffix extends string = ''>(
  expected: string,
  parse: (text: string) => T | undefined,
  options: { suffix: Suffix; isSecret?: boolean; hint?: ValueType<T>['hint'] },
): ValueType<T, Suffix> {
  return {
    expected,
    suffix: options.suffix,
    schema: parsed((raw) => (typeof raw === 'string' ? parse(raw) : undefined)),
    fromText: (text) => text,
    isSecret: options.isSecret ?? false,
    ...(options.hint && { hint: options.hint }),
  };
}

/** Reads one raw value. */
export function readValue<T>(type: ValueType<T, string>, raw: unknown): Reading<T> {
  const result = v.safeParse(type.schema, raw, { message: () => '' });
  if (result.success) return { kind: 'match', value: result.output };
  return { kind: 'reject', refusals: result.issues.map((issue) => refusal(issue, raw)) };
}

function refusal({ message, path }: v.BaseIssue<unknown>, raw: unknown): Refusal {
  return { reason: message, at: path?.map(step).join('') ?? '', found: written(raw, path ?? []) };
}

/** What stands at a path in what was written; the schema may have made something else of it on its way there. */
function written(raw: unknown, path: readonly v.IssuePathItem[]): unknown {
  let found = raw;
  for (const { input, key, origin } of path) {
    if (origin === 'key') return key;
    if (Array.isArray(input) && !Array.isArray(found)) continue; // a single value that stands for a list of one
    found = typeof found === 'object' && found !== null ? Reflect.get(found, String(key)) : found;
  }
  return found;
}

/** One step into a value; a list of one needs no index, since a single value may stand for it. */
function step({ input, key }: v.IssuePathItem): string {
  if (Array.isArray(input)) return input.length === 1 ? '' : `[${key}]`;
  return `.${key}`;
}
