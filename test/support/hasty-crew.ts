/*
 * The proxy in several processes, in which sessions give way to others of their user after half a second of silence rather than
 * five: what is waited for is the same, and sooner over.
 */
import { openLog } from '../../src/cli/open-log.ts';
import { loadConfig } from '../../src/config/load.ts';
import { Supervisor } from '../../src/daemon/workers/supervisor.ts';
import { WORKER_COMMAND } from '../../src/daemon/workers/worker-command.ts';

const SILENCE_MS = 500;

if (process.argv[2] === WORKER_COMMAND) {
  await import('../../src/main.ts');
} else {
  const config = loadConfig({ cwd: process.cwd(), env: {} });
  const log = openLog(config.log);
  const supervisor = await Supervisor.start(config, log, { silenceMs: SILENCE_MS });
  log.info('serving', { addresses: supervisor.addresses.join(' ') });
}
