import type { Secret } from '../../wire/secret.ts';
import { SimulatedClient } from '../client/simulated-client.ts';
import { Gate } from './gate.ts';
import { between, someHabit } from './habits.ts';
import { Tally } from './tally.ts';

/** Milliseconds: how long a session lasts, and how long a client does nothing in between. */
const SESSION_MS = { least: 2_000, most: 8_000 };
const THINK_MS = { least: 20, most: 400 };
/** Downloads and uploads at once: the rest of the crowd is to feel the proxy, not the crowd's own weight. */
const BULK_AT_ONCE = 3;
const DC_IDS = [1, 2, 3, 4, 5, -2, -4, 203];

/** Whom a crowd visits, and with which secrets. */
export interface CrowdOptions {
  readonly host: string;
  readonly port: number;
  /** Taken in turn: one client each, over and over. */
  readonly secrets: readonly Secret[];
  readonly clients: number;
}

/** Many simulated clients, each of which connects, does what people do, leaves and comes again. */
export class Crowd {
  readonly tally = new Tally();
  readonly #options: CrowdOptions;
  readonly #bulk = new Gate(BULK_AT_ONCE);
  readonly #leaving = new AbortController();
  readonly #lives: Promise<void>[];

  constructor(options: CrowdOptions) {
    this.#options = options;
    this.#lives = Array.from({ length: options.clients }, (_, index) => this.#live(index));
  }

  /** Lets every client finish what it does and leave. */
  async leave(): Promise<void> {
    this.#leaving.abort();
    await Promise.all(this.#lives);
  }

  async #live(index: number): Promise<void> {
    const secret = this.#options.secrets[index % this.#options.secrets.length];
    if (secret === undefined) return;
    await this.#pause(between(THINK_MS));
    while (!this.#leaving.signal.aborted) await this.#visit(secret, DC_IDS[index % DC_IDS.length] ?? 2);
  }

  /** One session, from connecting to leaving; what goes wrong is noted and ends it. */
  async #visit(secret: Secret, dc: number): Promise<void> {
    const { host, port } = this.#options;
    let doing = 'connect';
    let client: SimulatedClient | null = null;
    try {
      client = await SimulatedClient.connect({ host, port, secret, dc });
      this.tally.begun[secret.kind]++;
      this.tally.open[secret.kind]++;
      client.ended.then(() => this.tally.open[secret.kind]--);
      const end = performance.now() + between(SESSION_MS);
      while (performance.now() < end && !this.#leaving.signal.aborted) {
        const habit = someHabit();
        doing = habit.name;
        await habit.act(client, this.tally, this.#bulk);
        await this.#pause(between(THINK_MS));
      }
    } catch (error) {
      this.tally.fail(secret.kind, doing, error);
      await this.#pause(THINK_MS.most);
    } finally {
      client?.close();
      await client?.ended;
    }
  }

  /** Does nothing for a while; returns at once when it is time to leave. */
  #pause(ms: number): Promise<void> {
    const { signal } = this.#leaving;
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const over = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', over);
        resolve();
      };
      const timer = setTimeout(over, ms);
      signal.addEventListener('abort', over);
    });
  }
}
