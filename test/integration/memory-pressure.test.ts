import { expect, test } from 'bun:test';
import { askRunning } from '../../src/admin/control-client.ts';
import type { Snapshot } from '../../src/admin/snapshot.ts';
import { SimulatedClient } from '../../src/demo/client/simulated-client.ts';
import { MemoryGroup } from '../support/memory-group.ts';
import { PetrelFolder, PetrelProcess } from '../support/petrel-process.ts';
import { secretOf, USER_KEY, until } from '../support/proxy.ts';
import { StalledCrowd } from '../support/stalled-crowd.ts';

const MB = 1024 * 1024;
/** Two thousand stalled readers would take twice as much. */
const LIMIT_BYTES = 128 * MB;
const STALLED = 2_000;
const HEALTHY = 8;
const OPEN_FILES = 12_000;
const PAUSE_MS = 20;

const canLimit = MemoryGroup.isPossible();
if (!canLimit) console.warn('memory-pressure: skipped, no control group with a memory limit can be made here');

test.skipIf(!canLimit)(
  'two thousand stalled readers in 128 MB: the process stays below, healthy sessions go on',
  async () => {
    using group = MemoryGroup.make(LIMIT_BYTES);
    await using crowd = await StalledCrowd.start();
    using folder = new PetrelFolder();
    const users = `[users.alice]\nsecret = "${USER_KEY}"\nmax_connections = 0`;
    folder.configure({ dcPort: crowd.dcPort, toml: `${users}\n[mask]\nenabled = false` });
    await using petrel = await PetrelProcess.serving(folder, { group: group.entry, openFiles: OPEN_FILES });
    using peak = new Peak(() => group.usedBytes - group.cacheBytes);
    const connect = () => SimulatedClient.connect({ host: '127.0.0.1', port: petrel.port, secret: secretOf('ee') });
    const talks = await Promise.all(Array.from({ length: HEALTHY }, async () => new Talk(await connect())));

    const first = await crowd.stall(petrel.port, STALLED);
    expect(first.stalled + first.refused).toBe(STALLED);
    await petrel.told('memory is getting short');
    await petrel.told('memory is nearly used up');
    // More come all the time, until quiet ones had to go for them.
    await until(() => talks.every(({ count }) => count > 100), 'the healthy ones talk', 20_000);
    const second = await crowd.stall(petrel.port, STALLED);
    expect(first.refused + second.refused).toBeGreaterThan(0);
    expect(group.oomKills).toBe(0);
    expect(peak.bytes).toBeGreaterThan(LIMIT_BYTES / 2); // so there was pressure
    expect(peak.bytes).toBeLessThan(LIMIT_BYTES);
    const { governor } = await snapshotOf(folder);
    expect(governor.limitBytes).toBe(LIMIT_BYTES);
    expect(governor.closedIdle).toBeGreaterThan(0);

    await crowd.leave();
    await petrel.told('memory is no longer short', 1, 15_000);
    const late = await connect();
    expect(await late.echo(new Uint8Array(64))).toEqual(new Uint8Array(64));
    late.close();
    const times = (await Promise.all(talks.map((talk) => talk.finish()))).flat().sort((a, b) => a - b);
    const at = (share: number) => times[Math.floor(times.length * share)]?.toFixed(1);
    console.log(
      `peak ${Math.round(peak.bytes / MB)} MB; healthy: ${times.length} round trips, ${at(0.5)} ms, p99 ${at(0.99)} ms`,
    );
  },
  60_000,
);

async function snapshotOf(folder: PetrelFolder): Promise<Snapshot> {
  const asked = await askRunning(folder.file('data'));
  if (asked.kind !== 'running') throw new Error(asked.kind);
  return asked.snapshot;
}

/** A healthy session: round trips of fresh bytes, each compared, until it is told to stop. */
class Talk {
  readonly #client: SimulatedClient;
  readonly #times: number[] = [];
  readonly #done: Promise<void>;
  #isOver = false;

  constructor(client: SimulatedClient) {
    this.#client = client;
    this.#done = this.#talk();
    this.#done.catch(() => {}); // told by finish
  }

  get count(): number {
    return this.#times.length;
  }

  /** @returns how long each took, milliseconds; rejects when one failed */
  async finish(): Promise<number[]> {
    this.#isOver = true;
    await this.#done;
    this.#client.close();
    return this.#times;
  }

  async #talk(): Promise<void> {
    while (!this.#isOver) {
      const bytes = crypto.getRandomValues(new Uint8Array(200));
      const start = performance.now();
      expect(new Uint8Array(await this.#client.echo(bytes))).toEqual(bytes);
      this.#times.push(performance.now() - start);
      await Bun.sleep(PAUSE_MS);
    }
  }
}

/** The most that a figure has been. */
class Peak implements Disposable {
  bytes = 0;
  readonly #timer: Timer;

  constructor(read: () => number) {
    this.#timer = setInterval(() => {
      this.bytes = Math.max(this.bytes, read());
    }, PAUSE_MS);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
