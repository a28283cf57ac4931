const GAP = '  ';
/** Of what goes on in the next line. */
const INDENT = '  ';

/**
 * Rows of cells as lines, each column as wide as its widest cell. Where a row is wider than there is room, all rows break
 * before the same cell, so that columns stay below one another.
 *
 * @param room characters a line
 */
export function columnLines(rows: readonly (readonly string[])[], room: number): string[] {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  const parts = breaks(widths, room);
  return rows.flatMap((row) =>
    parts.flatMap(([from, to], index) => {
      const cells = widths.slice(from, to).map((width, at) => (row[from + at] ?? '').padEnd(width));
      const line = cells.join(GAP).trimEnd();
      if (index === 0) return [line];
      return line === '' ? [] : [INDENT + line];
    }),
  );
}

/** Which columns stand in the first line of a row, which in the next. */
function breaks(widths: readonly number[], room: number): [from: number, to: number][] {
  const parts: [number, number][] = [];
  let from = 0;
  let used = 0;
  for (const [at, width] of widths.entries()) {
    const wanted = at === from ? used + width : used + GAP.length + width;
    if (at > from && wanted > room) {
      parts.push([from, at]);
      from = at;
      used = INDENT.length + width;
    } else {
      used = wanted;
    }
  }
  parts.push([from, widths.length]);
  return parts;
}
