import type { Config } from '../config/schema.ts';
import type { Finding } from '../kit/finding.ts';

/** What was accepted in the configuration and most likely is a mistake. */
export function configurationFindings({ notices }: Pick<Config, 'notices'>): Finding[] {
  return notices.map(({ source, path, text }) => ({
    check: 'configuration',
    verdict: 'warning',
    seen: [source, path, text].filter((part) => part !== '').join(': '),
    advice: null, // what to do stands in the text
  }));
}
