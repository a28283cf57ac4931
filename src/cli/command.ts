import { PetrelError } from '../kit/errors.ts';
import type { Terminal } from './terminal.ts';

/** One option of a command, declared once for the parser and the help text. */
export interface CommandOption {
  readonly type: 'string' | 'boolean';
  readonly multiple?: boolean;
  /** What stands for the value in the help text, such as FILE. */
  readonly value?: string;
  readonly doc: string;
}

/** Option values by name without dashes; those that were not given are missing. */
export type OptionValues = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

export interface Command {
  readonly name: string;
  readonly summary: string;
  /** Names of the operands for the help text, such as [USER]; as many may be given. */
  readonly operands: readonly string[];
  readonly options: Readonly<Record<string, CommandOption>>;
  /** Command lines for the help text, each with what it does. */
  readonly examples: readonly (readonly [line: string, meaning: string])[];
  /** Loads the command's module and runs it; gives the exit code. */
  run(values: OptionValues, operands: readonly string[], terminal: Terminal): Promise<number>;
}

export const EXIT_OK = 0;
export const EXIT_FAILURE = 1;
/** Wrong usage or a refused configuration; nothing was touched. */
export const EXIT_USAGE = 2;

/** The value of an option that takes one text. */
export function textOption(values: OptionValues, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

/** An option's value was refused: exit code 2. */
export class UsageError extends PetrelError {
  constructor(message: string) {
    super('WRONG_USAGE', message);
  }
}

/** The value of an option that takes a whole number from 1. @throws UsageError for anything else */
export function countOption(values: OptionValues, name: string, max: number): number | undefined {
  const text = textOption(values, name);
  if (text === undefined) return undefined;
  if (/^[1-9]\d*$/.test(text) && Number(text) <= max) return Number(text);
  throw new UsageError(`--${name}: expected a whole number from 1 to ${max}; found ${JSON.stringify(text)}`);
}
