import type { Report } from '../doctor/report.ts';
import type { Finding } from '../kit/finding.ts';
import type { BannerStyle } from './banner.ts';
import { findingLines } from './finding-lines.ts';

const BOLD = '\x1b[1m';
const PLAIN = '\x1b[0m';

/** Renders what the doctor found, group by group; every line ends with a line feed. */
export function renderReport(report: Report, style: BannerStyle): string {
  const bold = (text: string) => (style.hasColour ? BOLD + text + PLAIN : text);
  const lines = [
    ...report.groups.flatMap(({ title, findings }) => [
      bold(title),
      ...adviceOnce(findings).flatMap((finding) => findingLines(finding, style)),
      '',
    ]),
    bold(summary(report)),
  ];
  return `${lines.join('\n')}\n`;
}

/** Six data centres that fail in the same way need the advice once. */
function adviceOnce(findings: readonly Finding[]): Finding[] {
  return findings.map((finding, index) => {
    const isRepeated = index > 0 && finding.advice === findings[index - 1]?.advice;
    return isRepeated ? { ...finding, advice: null } : finding;
  });
}

function summary({ failed, warnings }: Report): string {
  if (failed === 0 && warnings === 0) return 'Everything is fine.';
  const warned = warnings === 0 ? '' : `${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`;
  if (failed === 0) return `Nothing failed, ${warned}.`;
  return `${failed} ${failed === 1 ? 'check' : 'checks'} failed${warned === '' ? '' : `, ${warned}`}.`;
}
