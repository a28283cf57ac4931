import { keyAt } from './schema.ts';
import { keyLines, syntaxErrorLine } from './toml-lines.ts';
import { tomlValue } from './toml-value.ts';
import { readValue } from './value-type.ts';

export type Table = Readonly<Record<string, unknown>>;
export type Document = { kind: 'match'; table: Table } | { kind: 'reject'; line: number; reason: string };

const QUOTES_FORGOTTEN = /after a value|must be quoted|Leading zeros|Expected a value|after a key\/value pair/;
const ASSIGNMENT = /^\s*([\w.-]+)\s*=\s*([^\s"'[{](?:[^#]*[^\s#])?)\s*(?:#.*)?$/;
const COLON = /^\s*[\w."'-]+\s*:\s/;
const TYPOGRAPHIC_QUOTES = /[\u2018-\u201f\u00ab\u00bb]/;

/** Reads a TOML text; a fault is told with its line, and with what was most likely meant there. */
export function parseToml(text: string): Document {
  const outcome = tryToml(text);
  if (typeof outcome !== 'string') return { kind: 'match', table: outcome };
  const fails = (part: string): string | null => {
    const result = tryToml(part);
    return typeof result === 'string' ? result : null;
  };
  const line = syntaxErrorLine(text, fails);
  return { kind: 'reject', line, reason: syntaxReason(outcome, text, line) };
}

export function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
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
function syntaxReason(message: string, text: string, line: number): string {
  const reason = message.replace(/^TOML Parse error: /, 'not valid TOML: ').replace(/: ".*"$/s, '');
  const content = text.split('\n')[line - 1] ?? '';
  if (TYPOGRAPHIC_QUOTES.test(content)) return `${reason}; only straight quotes (") hold a text`;
  if (COLON.test(content)) return `${reason}; between a key and its value stands "="`;
  if (!QUOTES_FORGOTTEN.test(reason)) return reason;
  const path = [...keyLines(text)].find(([, at]) => at === line)?.[0];
  return `${reason}; texts, durations and sizes stand in quotes${path === undefined ? '' : example(path, content)}`;
}

/** How a value without quotes is written, where it can't be a secret. */
function example(path: string, content: string): string {
  const [, name, written = ''] = ASSIGNMENT.exec(content) ?? [];
  const key = keyAt(path);
  if (name === undefined || key === undefined || key.type.isSecret) return '';
  const text = written.replace(/[;,]$/, '');
  const value = key.type.fromText?.(text) ?? text;
  if (readValue(key.type, value).kind === 'match') return `: ${name} = ${tomlValue(value)}`;
  const hint = key.type.hint?.(text, '') ?? null;
  return hint === null ? '' : `; ${hint}`;
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
