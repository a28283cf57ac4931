import { parseArgs } from 'node:util';
import { meantBy } from '../kit/closest.ts';
import type { Command, OptionValues } from './command.ts';
import { commands, innerCommands, otherWords, plannedCommands } from './commands.ts';

/** What a command line asks for. */
export type Request =
  | { readonly kind: 'command'; readonly command: Command; readonly values: OptionValues; readonly operands: string[] }
  | { readonly kind: 'help'; readonly command: Command | null }
  | { readonly kind: 'version' }
  | { readonly kind: 'reject'; readonly reason: string; readonly command: Command | null };

const HELP = ['help', '--help', '-h'];
const VERSION = ['version', '--version', '-v'];

/** Reads the arguments after the executable's name. */
export function readArguments(argv: readonly string[]): Request {
  const [first, ...rest] = argv;
  if (first === undefined) return reject('expected a command', null);
  if (HELP.includes(first)) return readHelp(rest[0]);
  if (VERSION.includes(first)) return { kind: 'version' };
  if (first.startsWith('-')) return reject(`expected a command before ${first}`, null);
  const command = [...commands, ...innerCommands].find(({ name }) => name === first);
  return command === undefined ? unknownCommand(first) : readOptions(command, rest);
}

function readHelp(name: string | undefined): Request {
  if (name === undefined) return { kind: 'help', command: null };
  const command = commands.find((known) => known.name === name);
  return command === undefined ? unknownCommand(name) : { kind: 'help', command };
}

function unknownCommand(name: string): Request {
  if (plannedCommands.includes(name)) return reject(`${name}: not available yet`, null);
  const names = [...commands.map((command) => command.name), ...plannedCommands];
  return reject(
    `unknown command ${name}${suggestion(otherWords.get(name) ?? meantBy(name.toLowerCase(), names))}`,
    null,
  );
}

function readOptions(command: Command, args: readonly string[]): Request {
  const options = { ...command.options, help: { type: 'boolean', short: 'h' } as const };
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
    if (values['help'] === true) return { kind: 'help', command };
    const [empty] = Object.entries(values).find(([, value]) => isEmpty(value)) ?? [];
    if (empty !== undefined)
      return reject(`--${empty} expects ${withArticle(command.options[empty]?.value ?? 'value')}; found ""`, command);
    const extra = positionals[command.operands.length];
    if (extra !== undefined) return reject(`unexpected ${JSON.stringify(extra)}`, command);
    return { kind: 'command', command, values, operands: positionals };
  } catch (error) {
    if (error instanceof TypeError) return reject(optionReason(command, args, error), command);
    throw error;
  }
}

/** No option means anything by an empty text. */
function isEmpty(value: unknown): boolean {
  return value === '' || (Array.isArray(value) && value.includes(''));
}

/** Says in our words what parseArgs refused. */
function optionReason({ options }: Command, args: readonly string[], error: TypeError): string {
  const names = Object.keys(options);
  const given = args.filter((arg) => arg.startsWith('-')).map((arg) => arg.replace(/=.*$/s, ''));
  const unknown = given.find((arg) => !names.includes(arg.replace(/^--/, '')));
  const [, refused = ''] = /'(?:-\w, )?--([\w-]+)/.exec(error.message) ?? [];
  if (Object.hasOwn(options, refused)) {
    const value = options[refused]?.value;
    return value === undefined ? `--${refused} takes no value` : `--${refused} expects ${withArticle(value)}`;
  }
  const near = unknown === undefined ? null : meantBy(unknown.replace(/^-+/, '').toLowerCase(), names);
  return `unknown option ${unknown}${suggestion(near === null ? null : `--${near}`)}`;
}

function withArticle(word: string): string {
  return `${/^[aeiou]/i.test(word) ? 'an' : 'a'} ${word}`;
}

function suggestion(name: string | null): string {
  return name === null ? '' : `; did you mean ${name}?`;
}

function reject(reason: string, command: Command | null): Request {
  return { kind: 'reject', reason, command };
}
