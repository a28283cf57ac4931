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
}

type Reading<T> = { kind: 'match'; value: T } | { kind: 'reject'; refusals: Refusal[] };

/** One fault found in a value. */
export interface Refusal {
  /** Why, where the type has more to say than what it expected; empty otherwise. */
  readonly reason: string;
  /** Place inside a list or a table, such as "[1]" or ".2[0]"; empty for the value itself. */
  readonly at: string;
  readonly found: unknown;
}

/** A schema over text: `parse` gives the value or null. */
export function parsed<T>(parse: (text: string) => T | null): v.GenericSchema<unknown, T> {
  return v.pipe(
    v.string(),
    v.rawTransform<string, T>(({ dataset, addIssue, NEVER }) => {
      const value = parse(dataset.value);
      if (value !== null) return value;
      addIssue();
      return NEVER;
    }),
  );
}

/** A value type over text. */
export function textType<T, Suffix extends string = ''>(
  expected: string,
  parse: (text: string) => T | null,
  options: { suffix: Suffix; isSecret?: boolean },
): ValueType<T, Suffix> {
  return {
    expected,
    suffix: options.suffix,
    schema: parsed(parse),
    fromText: (text) => text,
    isSecret: options.isSecret ?? false,
  };
}

/** Reads one raw value. */
export function readValue<T>(type: ValueType<T, string>, raw: unknown): Reading<T> {
  const result = v.safeParse(type.schema, raw, { message: () => '' });
  if (result.success) return { kind: 'match', value: result.output };
  return { kind: 'reject', refusals: result.issues.map(refusal) };
}

function refusal({ message, path, input }: v.BaseIssue<unknown>): Refusal {
  return { reason: message, at: path?.map(step).join('') ?? '', found: input };
}

/** One step into a value; a list of one needs no index, since a single value may stand for it. */
function step({ input, key }: v.IssuePathItem): string {
  if (Array.isArray(input)) return input.length === 1 ? '' : `[${key}]`;
  return `.${key}`;
}
