import { closest } from '../kit/closest.ts';
import type { Entry, Layer } from './layer.ts';
import { describeFound, type Problem } from './problem.ts';
import { plainKeys, sections, userKeys } from './schema.ts';
import { USER_NAME, USER_NAME_EXPECTED } from './sections/users.ts';
import { keyLines, syntaxErrorLine } from './toml-lines.ts';

type Table = Readonly<Record<string, unknown>>;

const USERS = 'users';
const QUOTES_FORGOTTEN = /after a value|must be quoted|Leading zeros/;
const plainPaths = new Map(plainKeys.map(({ path, name }) => [path, name]));
const userKeyNames = userKeys.map(({ name }) => name);
const sectionNames = [...Object.keys(sections), USERS];

/** What a petrel.toml says. @param file its name in messages */
export function tomlLayer(text: string, file: string): Layer {
  const document = parseToml(text);
  if (document.kind === 'reject') {
    return { entries: new Map(), problems: [{ source: `${file}:${document.line}`, path: '', text: document.reason }] };
  }
  const reader = new TomlReader(keyLines(text), file);
  reader.readTop(document.table);
  return reader;
}

/** Walks a parsed document and sorts what it finds into entries and problems. */
class TomlReader implements Layer {
  readonly entries = new Map<string, Entry>();
  readonly problems: Problem[] = [];
  readonly #lines: ReadonlyMap<string, number>;
  readonly #file: string;

  constructor(lines: ReadonlyMap<string, number>, file: string) {
    this.#lines = lines;
    this.#file = file;
  }

  readTop(document: Table): void {
    for (const [name, value] of Object.entries(document)) {
      if (plainPaths.has(name)) this.#enter(name, value);
      else if (name === USERS) this.#readUsers(value);
      else if (Object.hasOwn(sections, name)) this.#readSection(name, value);
      else this.#refuse(name, unknownKey(name, name));
    }
  }

  #readSection(name: string, value: unknown): void {
    const table = this.#table(name, value, 'a table');
    for (const [key, inner] of Object.entries(table)) {
      const path = `${name}.${key}`;
      if (plainPaths.has(path)) this.#enter(path, inner);
      else this.#refuse(path, unknownKey(path, key));
    }
  }

  #readUsers(value: unknown): void {
    for (const [name, inner] of Object.entries(this.#table(USERS, value, 'tables such as [users.anna]'))) {
      const path = `${USERS}.${name}`;
      if (!USER_NAME.test(name)) {
        this.#refuse(path, `expected ${USER_NAME_EXPECTED}`);
        continue;
      }
      this.entries.set(path, { raw: {}, source: this.#sourceOf(path) });
      for (const [key, raw] of Object.entries(this.#table(path, inner, 'a table with a secret'))) {
        if (userKeyNames.includes(key)) this.#enter(`${path}.${key}`, raw);
        else this.#refuse(`${path}.${key}`, `unknown key${suggestion(closest(key, userKeyNames))}`);
      }
    }
  }

  #table(path: string, value: unknown, expected: string): Table {
    if (isTable(value)) return value;
    this.#refuse(path, `expected ${expected}; found ${describeFound(value, true)}`);
    return {};
  }

  #enter(path: string, raw: unknown): void {
    this.entries.set(path, { raw, source: this.#sourceOf(path) });
  }

  #refuse(path: string, text: string): void {
    this.problems.push({ source: this.#sourceOf(path), path, text });
  }

  #sourceOf(path: string): string {
    const line = this.#lines.get(path);
    return line === undefined ? this.#file : `${this.#file}:${line}`;
  }
}

function unknownKey(path: string, name: string): string {
  const elsewhere = [...plainPaths].filter(([, known]) => known === name).map(([known]) => known);
  const near = closest(path, [...plainPaths.keys(), ...sectionNames]);
  return `unknown key${suggestion(near ?? elsewhere[0] ?? null)}`;
}

function suggestion(name: string | null): string {
  return name === null ? '' : `; did you mean ${name}?`;
}

type Document = { kind: 'match'; table: Table } | { kind: 'reject'; line: number; reason: string };

function parseToml(text: string): Document {
  const outcome = tryToml(text);
  if (typeof outcome !== 'string') return { kind: 'match', table: outcome };
  const fails = (part: string): string | null => {
    const result = tryToml(part);
    return typeof result === 'string' ? result : null;
  };
  return { kind: 'reject', line: syntaxErrorLine(text, fails), reason: syntaxReason(outcome) };
}

/** The document, or the parser's message. */
function tryToml(text: string): Table | string {
  try {
    return plainTable(Bun.TOML.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) return error.message;
    throw error;
  }
}

/** The parser's message without an unquoted word that it repeats, which may be a secret. */
function syntaxReason(message: string): string {
  const reason = message.replace(/^TOML Parse error: /, 'not valid TOML: ').replace(/: ".*"$/s, '');
  return QUOTES_FORGOTTEN.test(reason) ? `${reason} (texts, durations and sizes stand in quotes)` : reason;
}

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** TOML's own dates become text, so that an expiry may be written with or without quotes. */
function plainTable(document: object): Table {
  const entries = Object.entries(document).map(([name, value]) => [name, plainValue(value)]);
  return Object.fromEntries(entries);
}

function plainValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainValue);
  if (!isTable(value)) return value;
  const tag = Object.prototype.toString.call(value);
  return tag.startsWith('[object Temporal.') ? String(value) : plainTable(value);
}
