import { dispatch } from './cli/dispatch.ts';
import { processTerminal } from './cli/terminal.ts';

/** Name look-ups outlive a command by many seconds where nobody answers: the process waits no longer than this for them. */
const EXIT_LIMIT_MS = 500;

const terminal = processTerminal();
process.exitCode = await dispatch(process.argv.slice(2), terminal);
await terminal.flushed();
setTimeout(() => process.exit(), EXIT_LIMIT_MS).unref();
