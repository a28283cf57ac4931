import { type DotenvLine, readDotenv } from './dotenv.ts';
import { EnvironmentReader } from './environment-reader.ts';
import type { FileReading } from './files.ts';
import type { Layer } from './layer.ts';
import type { Problem } from './problem.ts';

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

  const own = new Map<string, string>();
  for (const [name, value = ''] of Object.entries(env)) if (written.get(name) !== value) own.set(name, value);
  const fromEnvironment = new EnvironmentReader('environment', []);
  fromEnvironment.read(own, [...below, fromDotenv]);
  return [fromDotenv, fromEnvironment];
}

function dotenvProblems(dotenv: FileReading, lines: readonly DotenvLine[]): Problem[] {
  if (dotenv.kind === 'unreadable') return [{ source: '.env', path: '', text: dotenv.reason }];
  return lines.flatMap((line) =>
    line.kind === 'reject' ? [{ source: `.env:${line.line}`, path: '', text: line.reason }] : [],
  );
}
