const CHARACTER_WIDTH = 8.4;
const LINE_HEIGHT = 19;
const MARGIN = 18;
const BAR_HEIGHT = 30;

/** What a terminal shows, as an SVG picture. @param lines plain text */
export function terminalSvg(command: string, lines: readonly string[]): string {
  const shown = [`$ ${command}`, ...lines];
  const width = Math.ceil(Math.max(...shown.map(({ length }) => length)) * CHARACTER_WIDTH + 2 * MARGIN);
  const height = BAR_HEIGHT + shown.length * LINE_HEIGHT + 2 * MARGIN;
  const texts = shown.map((line, index) => {
    const y = BAR_HEIGHT + MARGIN + (index + 0.7) * LINE_HEIGHT;
    return `<text x="${MARGIN}" y="${y.toFixed(0)}" xml:space="preserve"${index === 0 ? ' class="command"' : ''}>${escaped(line)}</text>`;
  });
  const dots = [0, 1, 2].map((index) => `<circle cx="${20 + 18 * index}" cy="15" r="5" class="dot"/>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>${escaped(command)}</title>
<style>
rect { fill: #15202b; }
text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #d7e0e8; }
.command { fill: #7fd1ae; }
.dot { fill: #3d5166; }
</style>
<rect width="${width}" height="${height}" rx="8"/>
${dots.join('')}
${texts.join('\n')}
</svg>
`;
}

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
