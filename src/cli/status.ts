import { askRunning } from '../admin/control-client.ts';
import type { Snapshot } from '../admin/snapshot.ts';
import type { Flags } from '../config/flags-layer.ts';
import { PetrelError } from '../kit/errors.ts';
import { EXIT_OK } from './command.ts';
import { readConfig } from './read-config.ts';
import { Screen } from './screen.ts';
import { statusLines } from './status-view.ts';
import type { Terminal } from './terminal.ts';

export interface StatusOptions {
  readonly watch: boolean;
  readonly json: boolean;
  readonly flags: Flags;
}

const WATCH_EVERY_MS = 2_000;

/** Shows the running proxy's figures, once or again and again until SIGINT. @throws PetrelError when none runs */
export async function status({ watch, json, flags }: StatusOptions, terminal: Terminal): Promise<number> {
  const { dataDir } = readConfig(flags, terminal);
  const screen = new Screen(terminal);
  const show = (snapshot: Snapshot) => {
    if (json) terminal.out(`${JSON.stringify(snapshot, null, watch ? undefined : 2)}\n`);
    else screen.draw(statusLines(snapshot, terminal));
  };
  show(await ask(dataDir));
  const interrupted = Promise.withResolvers<'interrupted'>();
  if (watch) for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => interrupted.resolve('interrupted'));
  while (watch && !terminal.isDeserted) {
    if ((await Promise.race([Bun.sleep(WATCH_EVERY_MS), interrupted.promise])) === 'interrupted') break;
    show(await ask(dataDir));
  }
  return EXIT_OK;
}

async function ask(dataDir: string): Promise<Snapshot> {
  const asked = await askRunning(dataDir);
  if (asked.kind === 'running') return asked.snapshot;
  throw new PetrelError('NOT_RUNNING', `status: ${asked.reason}`);
}
