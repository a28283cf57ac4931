export type Verdict = 'ok' | 'warning' | 'failed';

/** One thing that was looked at, for a person. */
export interface Finding<Check extends string = string> {
  readonly check: Check;
  readonly verdict: Verdict;
  /** What was seen. */
  readonly seen: string;
  /** Why it matters and what to do; null when there is nothing to do. */
  readonly advice: string | null;
}

export function ok<Check extends string>(check: Check, seen: string, advice: string | null = null): Finding<Check> {
  return { check, verdict: 'ok', seen, advice };
}

export function warning<Check extends string>(check: Check, seen: string, advice: string): Finding<Check> {
  return { check, verdict: 'warning', seen, advice };
}

export function failed<Check extends string>(check: Check, seen: string, advice: string): Finding<Check> {
  return { check, verdict: 'failed', seen, advice };
}
