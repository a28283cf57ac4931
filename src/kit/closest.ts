const LETTERS_A_SLIP = 3; // one slip may be forgiven for every so many letters
const MAX_SLIPS = 2; // more than two slips is another word
const MIN_BEGINNING = 3; // letters; shorter ones begin too much

/** Finds the candidate that `word` was most likely meant to be, or null when none is near. */
export function closest(word: string, candidates: Iterable<string>): string | null {
  let best: string | null = null;
  let fewest = Math.min(MAX_SLIPS, Math.floor(word.length / LETTERS_A_SLIP)) + 1;
  for (const candidate of candidates) {
    const count = slips(word, candidate);
    if (count < fewest) {
      best = candidate;
      fewest = count;
    }
  }
  return best;
}

/** The closest candidate, else the only one that `word` begins or that begins `word`: "stat" is "status", "warning" is "warn". */
export function meantBy(word: string, candidates: readonly string[]): string | null {
  return closest(word, candidates) ?? onlyOne(candidates.filter((candidate) => beginsOther(word, candidate)));
}

function beginsOther(a: string, b: string): boolean {
  const [shorter, longer] = a.length < b.length ? [a, b] : [b, a];
  return shorter.length >= MIN_BEGINNING && longer.startsWith(shorter);
}

function onlyOne([first, second]: readonly string[]): string | null {
  return first === undefined || second !== undefined ? null : first;
}

/** Counts the letters to insert, delete, replace or swap with their neighbour (optimal string alignment). */
function slips(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = at(row, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwap ? at(before, j - 2) + 1 : Number.POSITIVE_INFINITY;
      next.push(Math.min(replaced, swapped, at(row, j) + 1, at(next, j - 1) + 1));
    }
    before = row;
    row = next;
  }
  return at(row, b.length);
}

function at(row: number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
