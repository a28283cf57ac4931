import { type Asked, askRunning, type NoAnswer } from '../admin/control-client.ts';
import type { Flags } from '../config/flags-layer.ts';
import { PetrelError } from '../kit/errors.ts';
import { acceptingText, accepts } from './accepts.ts';
import { wrap } from './banner.ts';
import { EXIT_OK } from './command.ts';
import { Screen } from './screen.ts';
import { statusLines, waitingLines } from './status-view.ts';
import type { Terminal } from './terminal.ts';
import { refusalText, told, type Whereabouts, whereabouts } from './whereabouts.ts';

export interface StatusOptions {
  readonly watch: boolean;
  readonly json: boolean;
  readonly flags: Flags;
}

const WATCH_EVERY_MS = 2_000;

/** Shows the running proxy's figures, once or again and again until SIGINT. @throws PetrelError when none runs at first */
export async function status({ watch, json, flags }: StatusOptions, terminal: Terminal): Promise<number> {
  const interrupted = Promise.withResolvers<'interrupted'>();
  if (watch) for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => interrupted.resolve('interrupted'));
  const place = told(whereabouts(flags, terminal), terminal);
  const asked = await askRunning(place.dataDir);
  if (asked.kind !== 'running') throw await notRunning(asked, place);
  const show = json ? jsonShow(watch, terminal) : tableShow(watch, terminal);
  if (json && place.refusal !== null) terminal.err(`petrel: ${refusalText(place)}\n`);
  show(asked, place);
  while (watch && !terminal.isDeserted) {
    if ((await Promise.race([Bun.sleep(WATCH_EVERY_MS), interrupted.promise])) === 'interrupted') break;
    show(await askRunning(place.dataDir), whereabouts(flags, terminal));
  }
  return EXIT_OK;
}

type Show = (asked: Asked, place: Whereabouts) => void;

/** A restart of the proxy is waited out. */
function tableShow(watch: boolean, terminal: Terminal): Show {
  const screen = new Screen(terminal);
  return (asked, place) => {
    if (asked.kind !== 'running') {
      screen.draw(waitingLines(asked.reason, terminal));
      return;
    }
    const refusal = refusalText(place);
    const notes =
      refusal === '' ? [] : ['', ...refusal.split('\n').flatMap((line) => indentedWrap(line, terminal.columns))];
    const mostLines = watch && terminal.isTerminal ? terminal.rows - 1 - notes.length : Number.POSITIVE_INFINITY;
    screen.draw([...statusLines(asked.snapshot, terminal, mostLines), ...notes]);
  };
}

/** What is indented stays so in all its lines. */
function indentedWrap(line: string, columns: number): string[] {
  const indent = ' '.repeat(line.length - line.trimStart().length);
  return wrap(line.trimStart(), columns - indent.length).map((part) => indent + part);
}

/** One object a line while it watches; waiting is told once. */
function jsonShow(watch: boolean, terminal: Terminal): Show {
  let isWaiting = false;
  return (asked) => {
    if (asked.kind === 'running') terminal.out(`${JSON.stringify(asked.snapshot, null, watch ? undefined : 2)}\n`);
    else if (!isWaiting) terminal.err(`petrel: waiting for the proxy: ${asked.reason}\n`);
    isWaiting = asked.kind !== 'running';
  };
}

async function notRunning({ kind, reason }: NoAnswer, place: Whereabouts): Promise<PetrelError> {
  const { config } = place;
  if (kind === 'absent' && config !== null && (await accepts(config))) {
    return new PetrelError('NOT_ASKED', `status: ${acceptingText(config)} (its log says why)`);
  }
  const refusal = kind === 'absent' ? refusalText(place) : '';
  return new PetrelError('NOT_RUNNING', `status: ${reason}${refusal === '' ? '' : `; ${refusal}`}`);
}
