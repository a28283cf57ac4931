/** One bar of a plot, and the mark that it should not pass. */
export interface Bar {
  readonly label: string;
  readonly value: number;
  /** As it is written behind the bar. */
  readonly text: string;
  readonly goal: number | null;
}

const ROW_HEIGHT = 26;
const BAR_HEIGHT = 14;
const TITLE_HEIGHT = 34;
const LABEL_WIDTH = 380;
const BAR_WIDTH = 340;
const TEXT_WIDTH = 110;
const WIDTH = LABEL_WIDTH + BAR_WIDTH + TEXT_WIDTH;

/** Horizontal bars as an SVG picture that is readable on light and on dark pages. */
export function barsSvg(title: string, bars: readonly Bar[]): string {
  const height = TITLE_HEIGHT + bars.length * ROW_HEIGHT + 10;
  const most = Math.max(...bars.map(({ value, goal }) => Math.max(value, goal ?? 0)));
  const rows = bars.map((bar, index) => rowOf(bar, TITLE_HEIGHT + index * ROW_HEIGHT, BAR_WIDTH / most));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img">
<title>${escaped(title)}</title>
<style>
text { font: 13px system-ui, sans-serif; fill: #24292f; }
.title { font-weight: 600; font-size: 14px; }
.bar { fill: #2f81b7; }
.goal { stroke: #d1242f; stroke-width: 2; }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3; } .bar { fill: #58a6d6; } }
</style>
<text class="title" x="0" y="18">${escaped(title)}</text>
${rows.join('\n')}
</svg>
`;
}

function rowOf({ label, value, text, goal }: Bar, top: number, scale: number): string {
  const middle = top + BAR_HEIGHT / 2 + 4.5;
  const end = LABEL_WIDTH + Math.max(value, goal !== null && goal < value * 1.5 ? goal : 0) * scale; // not under the mark
  const mark = goal === null ? '' : goalMark(LABEL_WIDTH + goal * scale, top);
  return [
    `<text x="${LABEL_WIDTH - 10}" y="${middle}" text-anchor="end">${escaped(label)}</text>`,
    `<rect class="bar" x="${LABEL_WIDTH}" y="${top}" width="${(value * scale).toFixed(1)}" height="${BAR_HEIGHT}" rx="2"/>`,
    `<text x="${(end + 8).toFixed(1)}" y="${middle}">${escaped(text)}</text>`,
    mark,
  ].join('');
}

function goalMark(x: number, top: number): string {
  return `<line class="goal" x1="${x.toFixed(1)}" x2="${x.toFixed(1)}" y1="${top - 4}" y2="${top + BAR_HEIGHT + 4}"/>`;
}

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
