import type { Run } from './screen-text.ts';

const CHARACTER_WIDTH = 8.4;
/** Twice a character's width, nearly: QR codes drawn in half lines come out square. */
const LINE_HEIGHT = 17;
const MARGIN = 18;
const BAR_HEIGHT = 30;
const BASELINE = 0.75; // of a line, from its top
const CLASSES: Readonly<Record<string, string>> = {
  '1': 'bold',
  '2': 'dim',
  '31': 'red',
  '32': 'green',
  '33': 'yellow',
  '36': 'cyan',
};
/** Black on white, as QR codes are. */
const PAPER = '30;107';

/** What a terminal shows, as an SVG picture. @param lines styled runs; see `screenOf` */
export function terminalSvg(command: string, lines: readonly (readonly Run[])[]): string {
  const shown: (readonly Run[])[] = [[{ text: `$ ${command}`, style: 'command' }], ...lines];
  const columns = Math.max(...shown.map((runs) => runs.reduce((sum, { text }) => sum + text.length, 0)));
  const width = Math.ceil(columns * CHARACTER_WIDTH + 2 * MARGIN);
  const height = BAR_HEIGHT + shown.length * LINE_HEIGHT + 2 * MARGIN;
  const body = shown.flatMap((runs, index) => lineSvg(runs, BAR_HEIGHT + MARGIN + index * LINE_HEIGHT));
  const dots = [0, 1, 2].map((index) => `<circle cx="${20 + 18 * index}" cy="15" r="5" class="dot"/>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>${escaped(command)}</title>
<style>
text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #d7e0e8; }
.window { fill: #15202b; }
.dot { fill: #3d5166; }
.command { fill: #7fd1ae; }
.bold { font-weight: 700; }
.dim { fill: #8394a5; }
.red { fill: #ff8f86; }
.green { fill: #7fd1ae; }
.yellow { fill: #e8c268; }
.cyan { fill: #7cc5e3; }
.paper { fill: #ffffff; }
.ink { fill: #000000; }
</style>
<rect class="window" width="${width}" height="${height}" rx="8"/>
${dots.join('')}
${body.join('\n')}
</svg>
`;
}

function lineSvg(runs: readonly Run[], top: number): string[] {
  let column = 0;
  return runs.flatMap(({ text, style }) => {
    const x = MARGIN + column * CHARACTER_WIDTH;
    column += text.length;
    if (text.trim() === '' && style !== PAPER) return [];
    return [style === PAPER ? blocks(text, x, top) : words(text, style, x, top)];
  });
}

/** Its width is said, since columns have to stand below each other in every reader's font. */
function words(text: string, style: string, x: number, top: number): string {
  const shown = text.trimEnd();
  const start = shown.length - shown.trimStart().length;
  const word = shown.trimStart();
  const left = (x + start * CHARACTER_WIDTH).toFixed(1);
  const length = (word.length * CHARACTER_WIDTH).toFixed(1);
  const look = style === '' ? '' : ` class="${CLASSES[style] ?? style}"`;
  const baseline = (top + BASELINE * LINE_HEIGHT).toFixed(0);
  return `<text x="${left}" y="${baseline}" textLength="${length}" xml:space="preserve"${look}>${escaped(word)}</text>`;
}

/** Half and whole blocks as one path: fonts leave gaps between them. */
function blocks(text: string, x: number, top: number): string {
  const half = LINE_HEIGHT / 2;
  const ink = [...text].flatMap((character, index) => {
    const left = x + index * CHARACTER_WIDTH;
    const upper = character === '▀' || character === '█' ? [square(left, top)] : [];
    const lower = character === '▄' || character === '█' ? [square(left, top + half)] : [];
    return [...upper, ...lower];
  });
  const width = (text.length * CHARACTER_WIDTH).toFixed(1);
  return `<rect class="paper" x="${x.toFixed(1)}" y="${top}" width="${width}" height="${LINE_HEIGHT}"/><path class="ink" d="${ink.join('')}"/>`;
}

function square(left: number, top: number): string {
  const [width, height] = [CHARACTER_WIDTH.toFixed(1), (LINE_HEIGHT / 2).toFixed(1)];
  return `M${left.toFixed(1)} ${top}h${width}v${height}h-${width}z`;
}

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
