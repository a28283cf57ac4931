const QUIET_ZONE = 2; // modules around the code; phones find it with less than the standard's four

/** Dark modules of a QR code with its quiet zone, row by row; a square. Loads the encoder only when called. */
export async function qrModules(text: string): Promise<readonly (readonly boolean[])[]> {
  const { encode } = await import('uqr');
  return encode(text, { border: QUIET_ZONE }).data;
}

/** An SVG picture of the QR code of `text`. */
export async function qrSvg(text: string): Promise<string> {
  const { renderSVG } = await import('uqr');
  return renderSVG(text, { border: QUIET_ZONE });
}

const BLACK_ON_WHITE = '\x1b[30;107m';
const PLAIN = '\x1b[0m';
const HALF_BLOCKS = [' ', '▄', '▀', '█'] as const;

/**
 * Draws modules as text, two rows a line.
 *
 * With colour the dark modules are black on white, right on any background; without it the light modules are
 * drawn, which is right on the usual dark background and read by most phones on a light one.
 */
export function drawQr(modules: readonly (readonly boolean[])[], hasColour: boolean): string[] {
  const lines: string[] = [];
  for (let row = 0; row < modules.length; row += 2) {
    const upper = modules[row] ?? [];
    const lower = modules[row + 1];
    const cells = upper.map((isDark, column) => {
      const top = isDark === hasColour;
      const bottom = lower !== undefined && lower[column] === hasColour;
      return HALF_BLOCKS[(top ? 2 : 0) + (bottom ? 1 : 0)] ?? ' ';
    });
    lines.push(hasColour ? BLACK_ON_WHITE + cells.join('') + PLAIN : cells.join(''));
  }
  return lines;
}
