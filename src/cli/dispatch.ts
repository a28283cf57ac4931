import { ConfigError } from '../config/problem.ts';
import { PetrelError } from '../kit/errors.ts';
import { readArguments } from './arguments.ts';
import { EXIT_FAILURE, EXIT_OK, EXIT_USAGE, UsageError } from './command.ts';
import type { Terminal } from './terminal.ts';
import { commandUsage, usage } from './usage.ts';

/**
 * Runs the command that the arguments name.
 *
 * @returns the exit code: 0 done, 1 failed, 2 wrong usage or refused configuration
 */
export async function dispatch(argv: readonly string[], terminal: Terminal): Promise<number> {
  const request = readArguments(argv);
  switch (request.kind) {
    case 'help':
      terminal.out(request.command === null ? usage() : commandUsage(request.command));
      return EXIT_OK;
    case 'version':
      terminal.out(`petrel ${(await import('../../package.json')).version}\n`);
      return EXIT_OK;
    case 'reject':
      terminal.err(`petrel: ${request.reason}\n${advice(request.command?.name)}\n`);
      return EXIT_USAGE;
    case 'command':
      try {
        return await request.command.run(request.values, request.operands, terminal);
      } catch (error) {
        return report(error, terminal);
      }
  }
}

function advice(command: string | undefined): string {
  return command === undefined ? 'petrel --help lists the commands.' : `petrel help ${command} lists the options.`;
}

/** Tells people what went wrong; only a defect of ours shows a stack. */
function report(error: unknown, terminal: Terminal): number {
  if (error instanceof PetrelError) {
    terminal.err(`petrel: ${error.message}\n`);
    return error instanceof ConfigError || error instanceof UsageError ? EXIT_USAGE : EXIT_FAILURE;
  }
  terminal.err(
    `petrel: unexpected failure\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return EXIT_FAILURE;
}
