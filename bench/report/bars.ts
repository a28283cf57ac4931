/** One bar of a plot, and the mark that it should not pass. */
export interface Bar {
  readonly label: string;
  readonly value: number;
  /** As it is written behind the bar. */
  readonly text: string;
  readonly goal: number | null;
}

/** What the legend says of the parts of a plot. */
export interface Legend {
  readonly bar: string;
  readonly goal: string;
  /** A value that all bars are seen against, drawn as a line through them. */
  readonly reference?: { readonly value: number; readonly label: string };
}

const ROW_HEIGHT = 26;
const BAR_HEIGHT = 14;
const LEGEND_TOP = 32;
const ROWS_TOP = 66;
const LABEL_WIDTH = 380;
const BAR_WIDTH = 340;
const TEXT_WIDTH = 110;
const WIDTH = LABEL_WIDTH + BAR_WIDTH + TEXT_WIDTH;
const LEGEND_GAP = 28;
/** Of the legend's text, about: the font is the reader's. */
const CHARACTER_WIDTH = 7;

/** Horizontal bars as an SVG picture that is readable on light and on dark pages. */
export function barsSvg(title: string, legend: Legend, bars: readonly Bar[]): string {
  const height = ROWS_TOP + bars.length * ROW_HEIGHT + 10;
  const most = Math.max(...bars.map(({ value, goal }) => Math.max(value, goal ?? 0)));
  const scale = BAR_WIDTH / most;
  const rows = bars.map((bar, index) => rowOf(bar, ROWS_TOP + index * ROW_HEIGHT, scale));
  const { reference } = legend;
  const through = reference === undefined ? [] : [referenceLine(LABEL_WIDTH + reference.value * scale, height)];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img">
<title>${escaped(title)}</title>
<style>
text { font: 13px system-ui, sans-serif; fill: #24292f; }
.title { font-weight: 600; font-size: 14px; }
.bar { fill: #2f81b7; }
.goal { stroke: #d1242f; stroke-width: 2; }
.reference { stroke: #6e7781; stroke-width: 1; stroke-dasharray: 4 3; }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3; } .bar { fill: #58a6d6; } .reference { stroke: #9aa4af; } }
</style>
<text class="title" x="0" y="18">${escaped(title)}</text>
${legendOf(
  legend,
  bars.some(({ goal }) => goal !== null),
).join('\n')}
${[...rows, ...through].join('\n')}
</svg>
`;
}

/** Each sign with its meaning, side by side above the bars. */
function legendOf({ bar, goal, reference }: Legend, hasGoals: boolean): string[] {
  const middle = LEGEND_TOP + BAR_HEIGHT / 2;
  const entries: { readonly text: string; readonly sign: (x: number) => string }[] = [
    {
      text: bar,
      sign: (x) => `<rect class="bar" x="${x}" y="${LEGEND_TOP}" width="18" height="${BAR_HEIGHT}" rx="2"/>`,
    },
  ];
  if (hasGoals) entries.push({ text: goal, sign: (x) => goalMark(x + 9, LEGEND_TOP) });
  if (reference !== undefined)
    entries.push({
      text: reference.label,
      sign: (x) => `<line class="reference" x1="${x}" x2="${x + 18}" y1="${middle}" y2="${middle}"/>`,
    });
  let x = 0;
  return entries.map(({ text, sign }) => {
    const drawn = `${sign(x)}<text x="${x + 26}" y="${middle + 4.5}">${escaped(text)}</text>`;
    x += 26 + text.length * CHARACTER_WIDTH + LEGEND_GAP;
    return drawn;
  });
}

function referenceLine(x: number, height: number): string {
  return `<line class="reference" x1="${x.toFixed(1)}" x2="${x.toFixed(1)}" y1="${ROWS_TOP - 6}" y2="${height - 8}"/>`;
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
