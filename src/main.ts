import { dispatch } from './cli/dispatch.ts';
import { processTerminal } from './cli/terminal.ts';

process.exitCode = await dispatch(process.argv.slice(2), processTerminal());
