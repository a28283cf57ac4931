import type { Finding } from '../kit/finding.ts';

/** Findings that belong together. */
export interface Group {
  readonly title: string;
  readonly findings: readonly Finding[];
}

export interface Report {
  readonly groups: readonly Group[];
  readonly failed: number;
  readonly warnings: number;
}

/** Counts the verdicts; groups without findings are left out. */
export function reportOf(groups: readonly Group[]): Report {
  const verdicts = groups.flatMap(({ findings }) => findings.map(({ verdict }) => verdict));
  return {
    groups: groups.filter(({ findings }) => findings.length > 0),
    failed: verdicts.filter((verdict) => verdict === 'failed').length,
    warnings: verdicts.filter((verdict) => verdict === 'warning').length,
  };
}
