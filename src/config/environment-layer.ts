import { type DotenvLine, readDotenv } from './dotenv.ts';
import { EnvironmentReader } from './environment-reader.ts';
import type { FileReading } from './files.ts';
import type { Layer } from './layer.ts';
import type { Problem } from './problem.ts';
import { isOurs } from './variables.ts';

/**
 * The layers of `.env` and of the environment; empty variables count as not set.
 *
 * A variable that has the same value in both is told as `.env`'s: some runtimes load that file into the environment.
 *
 * @param below the layers under them, for variables that replace only the port of a value
 */
export function environmentLayers(
  dotenv: FileReading,
  env: Readonly<Record<string, string | undefined>>,
  below: readonly Layer[],
): [Layer, Layer] {
  const lines = dotenv.kind === 'text' ? readDotenv(dotenv.text) : [];
  const written = new Map<string, string>();
  for (const line of lines) if (line.kind === 'variable') written.set(line.name, line.value);
  const fromDotenv = new EnvironmentReader('.env', dotenvProblems(dotenv, lines));
  fromDotenv.read(written, below);
  for (const name of setTwice(lines)) fromDotenv.note(name, 'set twice in this file; the last line counts');

  const own = new Map<string, string>();
  for (const [name, value = ''] of Object.entries(env)) if (written.get(name) !== value) own.set(name, value);
  const fromEnvironment = new EnvironmentReader('environment', []);
  fromEnvironment.read(own, [...below, fromDotenv]);
  return [fromDotenv, fromEnvironment];
}

/** Names that get another value further down: a copied line whose number was not changed. */
function setTwice(lines: readonly DotenvLine[]): Set<string> {
  const values = new Map<string, string>();
  const twice = new Set<string>();
  for (const line of lines) {
    if (line.kind !== 'variable' || line.value === '') continue;
    const before = values.get(line.name);
    if (before !== undefined && before !== line.value && isOurs(line.name)) twice.add(line.name);
    values.set(line.name, line.value);
  }
  return twice;
}

function dotenvProblems(dotenv: FileReading, lines: readonly DotenvLine[]): Problem[] {
  if (dotenv.kind === 'unreadable') return [{ source: '.env', path: '', text: dotenv.reason }];
  return lines.flatMap((line) =>
    line.kind === 'reject' ? [{ source: `.env:${line.line}`, path: '', text: line.reason }] : [],
  );
}
