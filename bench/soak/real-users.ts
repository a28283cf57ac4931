import { SimulatedClient } from '../../src/demo/client/simulated-client.ts';
import { utf8 } from '../../src/kit/bytes.ts';
import { Latencies } from '../load/latencies.ts';
import { DCS, type World } from './world.ts';

const STANDING = 40;
/** Each of them says something so often: phones in use. */
const ECHO_EVERY_MS = 50;
/** Somebody else opens the app, says something, and closes it. */
const NEWCOMER_EVERY_MS = 100;
const NEWCOMER_LIMIT_MS = 5_000;
const WORDS = utf8('sixteen bytes...');

/** Users who use the proxy as they always do, whatever happens beside them. */
export class RealUsers {
  /** What goes on beside them. */
  beside = 'nothing';
  readonly #faults = new Map<string, number>();
  readonly #world: World;
  readonly #standing: readonly SimulatedClient[];
  #isOver = false;

  private constructor(world: World, standing: readonly SimulatedClient[]) {
    this.#world = world;
    this.#standing = standing;
    for (const client of standing) {
      void client.ended.then((reason) => {
        if (!this.#isOver) this.#fault(`a user's session ended (${reason})`);
      });
    }
  }

  static async enter(world: World): Promise<RealUsers> {
    return new RealUsers(world, await Promise.all(Array.from({ length: STANDING }, () => connect(world))));
  }

  /** Sessions that were closed, and newcomers who did not get in. */
  get faults(): string[] {
    return [...this.#faults].map(([what, count]) => `${what}, ${count} times`);
  }

  /** Uses the proxy for a while. @returns the 99th percentile of the round trips, in milliseconds */
  async measure(forMs: number): Promise<number> {
    const latencies = new Latencies();
    const untilMs = performance.now() + forMs;
    await Promise.all([
      ...this.#standing.map((client, index) => talk(client, untilMs, (index * ECHO_EVERY_MS) / STANDING, latencies)),
      this.#newcomers(untilMs),
    ]);
    return latencies.percentiles().p99us / 1_000;
  }

  leave(): void {
    this.#isOver = true;
    for (const client of this.#standing) client.close();
  }

  async #newcomers(untilMs: number): Promise<void> {
    const coming: Promise<void>[] = [];
    while (performance.now() < untilMs) {
      coming.push(this.#newcomer());
      await Bun.sleep(NEWCOMER_EVERY_MS);
    }
    await Promise.all(coming);
  }

  async #newcomer(): Promise<void> {
    const start = performance.now();
    try {
      const client = await connect(this.#world);
      await client.echo(WORDS);
      client.close();
    } catch (error) {
      this.#fault(`a newcomer did not get in (${error instanceof Error ? error.message : String(error)})`);
      return;
    }
    const tookMs = performance.now() - start;
    if (tookMs > NEWCOMER_LIMIT_MS) this.#fault(`a newcomer got in after more than ${NEWCOMER_LIMIT_MS} ms`);
  }

  #fault(what: string): void {
    const fault = `${what} beside ${this.beside}`;
    this.#faults.set(fault, (this.#faults.get(fault) ?? 0) + 1);
  }
}

/** At its own pace, whatever the answers take; those that come late make the next ones no later. */
async function talk(client: SimulatedClient, untilMs: number, offsetMs: number, latencies: Latencies): Promise<void> {
  const under: Promise<void>[] = [];
  let dueMs = performance.now() + offsetMs;
  while (dueMs < untilMs && client.isOpen) {
    await Bun.sleep(Math.max(0, dueMs - performance.now()));
    under.push(echo(client, latencies));
    dueMs += ECHO_EVERY_MS;
  }
  await Promise.all(under);
}

/** An end of the session is told elsewhere. */
async function echo(client: SimulatedClient, latencies: Latencies): Promise<void> {
  const start = performance.now();
  await client.echo(WORDS).then(
    () => latencies.add(performance.now() - start),
    () => {},
  );
}

function connect(world: World): Promise<SimulatedClient> {
  const secret = world.secret('ee');
  return SimulatedClient.connect({ host: '127.0.0.1', port: world.port, secret, dc: DCS.steady, now: world.now });
}
