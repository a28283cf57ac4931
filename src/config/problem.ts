import { PetrelError } from '../kit/errors.ts';

const LINE = /:(\d+)$/;
const VARIABLES_AND_FLAGS = ['.env', 'environment: ', '--'];
const MAX_ECHOED = 60; // characters of a refused value that a message repeats

/** One thing wrong with the configuration: where it stands, what it is called and what was expected there. */
export interface Problem {
  /** Where it came from: "petrel.toml:7", ".env: MTPROTO_PORT", "environment: TLS_DOMAIN" or "--port". */
  readonly source: string;
  /** Key path such as "limits.idle_timeout"; empty when the problem is the source itself. */
  readonly path: string;
  readonly text: string;
}

/** The configuration was refused; the message lists every problem, one a line, and repeats no secret. */
export class ConfigError extends PetrelError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    super(
      'CONFIG_REFUSED',
      [`the configuration has ${count}:`, ...inReadingOrder(problems).map(problemLine)].join('\n'),
    );
    this.problems = problems;
  }
}

/** From the lowest place to the highest, and line by line within a file. */
function inReadingOrder(problems: readonly Problem[]): Problem[] {
  return problems.toSorted((a, b) => placeOf(a) - placeOf(b) || lineOf(a) - lineOf(b));
}

function placeOf({ source }: Problem): number {
  return VARIABLES_AND_FLAGS.findIndex((start) => source.startsWith(start)); // a file, of any name, is -1
}

function lineOf({ source }: Problem): number {
  return Number(LINE.exec(source)?.[1] ?? 0);
}

function problemLine({ source, path, text }: Problem): string {
  return `  ${[source, path, text].filter((part) => part !== '').join(': ')}`;
}

/** Says what stood there in a few words; of a secret only its kind and length. */
export function describeFound(raw: unknown, isSecret: boolean): string {
  if (raw === undefined) return 'nothing';
  if (typeof raw === 'string') return isSecret ? `a text of ${counted(raw.length, 'character')}` : quote(raw);
  if (Array.isArray(raw)) return isSecret ? `a list of ${counted(raw.length, 'value')}` : listText(raw);
  if (typeof raw === 'object') return 'a table';
  return isSecret ? `a ${typeof raw}` : String(raw);
}

/** A list as it was written, when it is short. */
function listText(list: readonly unknown[]): string {
  const text = list.length === 0 ? 'an empty list' : `[${list.map((item) => describeFound(item, false)).join(', ')}]`;
  return text.length > MAX_ECHOED ? `a list of ${counted(list.length, 'value')}` : text;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function quote(text: string): string {
  return text.length > MAX_ECHOED ? `${JSON.stringify(text.slice(0, MAX_ECHOED))}…` : JSON.stringify(text);
}
