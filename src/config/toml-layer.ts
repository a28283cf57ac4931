import { meantBy } from '../kit/closest.ts';
import { type Entry, type Layer, refusedLayer } from './layer.ts';
import { describeFound, type Problem } from './problem.ts';
import { plainKeys, sections, userKeys } from './schema.ts';
import { USER_NAME, USER_NAME_EXPECTED } from './sections/users.ts';
import { keyLines } from './toml-lines.ts';
import { isTable, parseToml, type Table } from './toml-syntax.ts';

const USERS = 'users';
const plainPaths = new Map(plainKeys.map(({ path, name }) => [path, name]));
const userKeyNames = userKeys.map(({ name }) => name);
const sectionNames = [...Object.keys(sections), USERS];

/** What a petrel.toml says. @param file its name in messages */
export function tomlLayer(text: string, file: string): Layer {
  const document = parseToml(text);
  if (document.kind === 'reject') {
    return refusedLayer({ source: `${file}:${document.line}`, path: '', text: document.reason });
  }
  const reader = new TomlReader(keyLines(text), file);
  reader.readTop(document.table);
  return reader;
}

/** Walks a parsed document and sorts what it finds into entries and problems. */
class TomlReader implements Layer {
  readonly entries = new Map<string, Entry>();
  readonly problems: Problem[] = [];
  readonly notices: Problem[] = [];
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
      const table = this.#table(path, inner, 'a table with a secret');
      if (table !== inner) continue;
      this.entries.set(path, { raw: {}, source: this.#sourceOf(path) });
      for (const [key, raw] of Object.entries(table)) {
        if (userKeyNames.includes(key)) this.#enter(`${path}.${key}`, raw);
        else this.#refuse(`${path}.${key}`, `unknown key${suggestion(meantBy(key, userKeyNames), userKeyNames)}`);
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
  const section = path.slice(0, -name.length); // "limits." or nothing
  const candidates = [...plainPaths.keys(), ...(section === '' ? sectionNames : [])];
  const elsewhere = [...plainPaths].find(([, known]) => known === name)?.[0];
  const beside = section === '' ? [] : candidates.filter((known) => known.startsWith(section));
  return `unknown key${suggestion(
    meantBy(path, candidates) ?? elsewhere ?? null,
    beside.map((known) => known.slice(section.length)),
  )}`;
}

/** @param others the keys that there are, for when none is near */
function suggestion(name: string | null, others: readonly string[]): string {
  if (name !== null) return `; did you mean ${name}?`;
  return others.length === 0 ? '' : `; there are ${others.join(', ')}`;
}
