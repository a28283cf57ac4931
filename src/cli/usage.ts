import type { Command } from './command.ts';
import { commands, plannedCommands } from './commands.ts';

const GAP = 2; // spaces between the columns of a list

const FIRST_STEPS = [
  ['petrel run', 'start the proxy; the first start prints links and a QR code'],
  ['petrel doctor', 'find out why clients do not connect'],
  ['petrel status --watch', 'watch the running proxy'],
] as const;

/** What `petrel --help` prints. */
export function usage(): string {
  return [
    'Petrel is a Telegram MTProto proxy for small servers.',
    '',
    'Usage: petrel COMMAND [OPTIONS]',
    '',
    'Commands:',
    ...twoColumns(commands.map(({ name, operands, summary }) => [[name, ...operands].join(' '), summary])),
    '',
    'Examples:',
    ...twoColumns(FIRST_STEPS),
    '',
    `Not available yet: ${plannedCommands.join(', ')}.`,
    '',
    'petrel help COMMAND shows the options of a command; petrel --version shows the version.',
    'Exit codes: 0 done, 1 failed, 2 wrong usage or refused configuration.',
    '',
  ].join('\n');
}

/** What `petrel COMMAND --help` prints. */
export function commandUsage({ name, summary, operands, options, examples }: Command): string {
  const rows = Object.entries(options).map(([option, { value, doc }]): [string, string] => [
    value === undefined ? `--${option}` : `--${option} ${value}`,
    doc,
  ]);
  return [
    `Usage: ${['petrel', name, ...operands, '[OPTIONS]'].join(' ')}`,
    '',
    `${capital(summary)}.`,
    '',
    'Options:',
    ...twoColumns([...rows, ['--help', 'print this text']]),
    '',
    'Examples:',
    ...twoColumns(examples),
    '',
  ].join('\n');
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function twoColumns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length)) + GAP;
  return rows.map(([left, right]) => `  ${left.padEnd(width)}${right}`);
}
