import { Crowd } from '../demo/crowd/crowd.ts';
import type { Tally } from '../demo/crowd/tally.ts';
import { visitSite } from '../demo/site.ts';
import { EXIT_FAILURE, EXIT_OK } from './command.ts';
import { DemoStage } from './demo-stage.ts';
import { type DemoFigures, megabytes, plainLine, tableLines } from './demo-view.ts';
import { Screen } from './screen.ts';
import { processTerminal, type Terminal } from './terminal.ts';

const DEFAULT_SECONDS = 20;
const DEFAULT_CLIENTS = 60;
const TABLE_EVERY_MS = 500;
const LINE_EVERY_MS = 2_000;
const VISIT_EVERY_MS = 700;
const MODES = { plain: 'classic', dd: 'secure', ee: 'tls' } as const;

export interface DemoOptions {
  /** How long the clients stay; default 20. */
  readonly seconds?: number;
  readonly clients?: number; // default 60
}

/**
 * Shows the proxy at work without any network: a simulated Telegram, simulated clients in all modes, curious strangers.
 *
 * @returns 0 when every byte was verified, every mode had sessions and strangers saw nothing but the fronted site
 */
export async function demo(options: DemoOptions = {}, terminal: Terminal = processTerminal()): Promise<number> {
  const { seconds = DEFAULT_SECONDS, clients = DEFAULT_CLIENTS } = options;
  const interrupted = Promise.withResolvers<void>();
  process.once('SIGINT', interrupted.resolve);
  process.once('SIGTERM', interrupted.resolve);
  const stage = new DemoStage();
  const show = new Show(stage, { seconds, clients }, terminal);
  try {
    await Promise.race([Bun.sleep(seconds * 1_000), interrupted.promise]);
    return await show.end();
  } finally {
    await stage.stop();
    process.removeListener('SIGINT', interrupted.resolve);
    process.removeListener('SIGTERM', interrupted.resolve);
  }
}

/** The crowd, the strangers and the table, from the first client to the summary. */
class Show {
  readonly #stage: DemoStage;
  readonly #options: Required<DemoOptions>;
  readonly #terminal: Terminal;
  readonly #crowd: Crowd;
  readonly #timers: Timer[];
  readonly #start = performance.now();
  readonly #visits: Promise<boolean>[] = [];
  readonly #screen: Screen;
  #before = { at: performance.now(), down: 0, up: 0 };

  constructor(stage: DemoStage, options: Required<DemoOptions>, terminal: Terminal) {
    this.#stage = stage;
    this.#options = options;
    this.#terminal = terminal;
    this.#screen = new Screen(terminal);
    const { port } = stage.daemon;
    this.#crowd = new Crowd({ host: '127.0.0.1', port, secrets: stage.secrets, clients: options.clients });
    this.#timers = [
      setInterval(() => this.#report(), terminal.isTerminal ? TABLE_EVERY_MS : LINE_EVERY_MS),
      setInterval(() => this.#visits.push(visitSite(port)), VISIT_EVERY_MS),
    ];
  }

  /** Lets the clients leave and prints the summary. @returns the exit code */
  async end(): Promise<number> {
    for (const timer of this.#timers) clearInterval(timer);
    if (this.#terminal.isTerminal) this.#report();
    await this.#crowd.leave();
    const shown = await Promise.all(this.#visits);
    const faults = faultsOf(this.#crowd.tally, shown);
    this.#terminal.out(`\n${summary(this.#crowd.tally, shown.length)}\n`);
    for (const line of [...faults, ...this.#stage.complaints]) this.#terminal.err(`${line}\n`);
    return faults.length === 0 ? EXIT_OK : EXIT_FAILURE;
  }

  #report(): void {
    const figures = this.#figures();
    this.#crowd.tally.latencies.restart();
    const { isTerminal, hasColour } = this.#terminal;
    if (isTerminal) this.#screen.draw(tableLines(figures, hasColour));
    else this.#terminal.out(`${plainLine(figures)}\n`);
  }

  #figures(): DemoFigures {
    const { tally } = this.#crowd;
    const snapshot = this.#stage.daemon.snapshot();
    const { uplinkBytes, downlinkBytes, outcomes } = snapshot.ledger;
    const now = performance.now();
    const seconds = (now - this.#before.at) / 1_000;
    const down = { rate: (downlinkBytes - this.#before.down) / seconds, total: tally.verifiedDown };
    const up = { rate: (uplinkBytes - this.#before.up) / seconds, total: tally.verifiedUp };
    this.#before = { at: now, down: downlinkBytes, up: uplinkBytes };
    return {
      elapsedSeconds: (now - this.#start) / 1_000,
      totalSeconds: this.#options.seconds,
      clients: this.#options.clients,
      modes: kinds().map((kind) => ({ name: MODES[kind], open: tally.open[kind], begun: tally.begun[kind] })),
      users: snapshot.users,
      down,
      up,
      roundTrip: { p50: tally.latencies.recent(0.5), p99: tally.latencies.recent(0.99) },
      rssBytes: snapshot.vitals.rssBytes,
      strangers: outcomes.masked,
      failures: tally.failureCount,
    };
  }
}

function summary({ begun, latencies, verifiedDown, verifiedUp }: Tally, visits: number): string {
  const sessions = kinds().map((kind) => `${MODES[kind]} ${begun[kind]}`);
  const p50 = latencies.overall(0.5).toFixed(1);
  const p99 = latencies.overall(0.99).toFixed(1);
  return [
    `${megabytes(verifiedDown)} MB down and ${megabytes(verifiedUp)} MB up, every byte verified`,
    `sessions: ${sessions.join(', ')}`,
    `${latencies.count} round trips: p50 ${p50} ms, p99 ${p99} ms`,
    `${visits} strangers looked in`,
  ].join('\n');
}

/** Everything that should not have been, in words. */
function faultsOf(tally: Tally, shown: readonly boolean[]): string[] {
  const empty = kinds().filter((kind) => tally.begun[kind] === 0);
  const unshown = shown.filter((isSite) => !isSite).length;
  return [
    ...tally.failures,
    ...(tally.failureCount > tally.failures.length ? [`${tally.failureCount} failures in all`] : []),
    ...empty.map((kind) => `no ${MODES[kind]} client got a session`),
    ...(unshown > 0 ? [`${unshown} strangers saw something else than the fronted site`] : []),
  ];
}

function kinds(): (keyof typeof MODES)[] {
  return ['plain', 'dd', 'ee'];
}
