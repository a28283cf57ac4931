import type { SimulatedClient } from '../../src/demo/client/simulated-client.ts';
import { connectMany } from './connect.ts';
import type { Done, Where } from './job.ts';

const UNENDING_BYTES = 2 ** 40;
const BUFFERS_FILL_MS = 4_000;
const CHECKED_AT_ONCE = 64;

/** Sessions that stand while something else is measured. */
export class Held {
  #clients: SimulatedClient[] = [];

  /** Adds idle sessions. */
  async hold(where: Where, count: number): Promise<Omit<Done, 'seconds'>> {
    this.#clients.push(...(await connectMany(where, count)));
    return this.#standing();
  }

  /** Adds sessions that ask for an endless download and read nothing. */
  async stall(where: Where, count: number): Promise<Omit<Done, 'seconds'>> {
    const clients = await connectMany(where, count);
    for (const client of clients) {
      client.pauseReading();
      client.download(UNENDING_BYTES).catch(() => {});
    }
    this.#clients.push(...clients);
    await Bun.sleep(BUFFERS_FILL_MS);
    return this.#standing();
  }

  /** Has every session that stands make a round trip. @throws when one can't */
  async check(): Promise<Omit<Done, 'seconds'>> {
    for (let at = 0; at < this.#clients.length; at += CHECKED_AT_ONCE) {
      const some = this.#clients.slice(at, at + CHECKED_AT_ONCE);
      await Promise.all(some.map((client) => client.echo(new Uint8Array(64))));
    }
    return this.#standing();
  }

  release(): Omit<Done, 'seconds'> {
    for (const client of this.#clients) client.reset();
    this.#clients = [];
    return {};
  }

  #standing(): Omit<Done, 'seconds'> {
    return { held: this.#clients.filter(({ isOpen }) => isOpen).length };
  }
}
