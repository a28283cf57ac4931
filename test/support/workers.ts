import { readFileSync } from 'node:fs';
import { askRunning } from '../../src/admin/control-client.ts';
import type { Snapshot } from '../../src/admin/snapshot.ts';
import { SimulatedClient } from '../../src/demo/client/simulated-client.ts';
import { utf8 } from '../../src/kit/bytes.ts';
import { PetrelFolder, PetrelProcess, type RunOptions } from './petrel-process.ts';
import { secretOf } from './proxy.ts';

const WORDS = utf8('sixteen bytes...');

export interface CrewSetup {
  readonly workers: number;
  readonly dcPort?: number;
  readonly sitePort?: number;
  readonly toml?: string;
  readonly users?: string;
}

/** A proxy of several processes, and what it tells of itself. */
export class ProxyCrew implements AsyncDisposable {
  readonly petrel: PetrelProcess;
  readonly folder: PetrelFolder;

  private constructor(folder: PetrelFolder, petrel: PetrelProcess) {
    this.folder = folder;
    this.petrel = petrel;
  }

  static async serving(setup: CrewSetup, options: RunOptions = {}): Promise<ProxyCrew> {
    const folder = new PetrelFolder();
    configureCrew(folder, setup);
    return new ProxyCrew(folder, await PetrelProcess.serving(folder, options));
  }

  get port(): number {
    return this.petrel.port;
  }

  async snapshot(): Promise<Snapshot> {
    const asked = await askRunning(this.folder.file('data'));
    if (asked.kind !== 'running') throw new Error(asked.reason);
    return asked.snapshot;
  }

  /** Asks for figures again and again until they are as wanted. */
  async shows(isWanted: (snapshot: Snapshot) => boolean, what: string, limitMs = 5_000): Promise<Snapshot> {
    const deadline = Date.now() + limitMs;
    for (;;) {
      const snapshot = await this.snapshot();
      if (isWanted(snapshot)) return snapshot;
      if (Date.now() > deadline)
        throw new Error(`not within ${limitMs} ms: ${what}; ${JSON.stringify(snapshot.ledger)}`);
    }
  }

  /** Clients that work, all at once. */
  clients(count: number, preface?: Uint8Array): Promise<SimulatedClient[]> {
    return Promise.all(Array.from({ length: count }, () => this.client(preface)));
  }

  async client(preface?: Uint8Array): Promise<SimulatedClient> {
    const place = { host: '127.0.0.1', port: this.port, secret: secretOf('ee') };
    const client = await SimulatedClient.connect({ ...place, ...(preface && { preface }) });
    await client.echo(WORDS);
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.petrel[Symbol.asyncDispose]();
    this.folder[Symbol.dispose]();
  }
}

export function configureCrew(folder: PetrelFolder, { workers, users = '', toml = '', ...ports }: CrewSetup): void {
  folder.configure({ ...ports, top: `workers = ${workers}`, toml: `${toml}\n${users}` });
}

/** Whether a process runs; one that has ended and waits for somebody to take note does not. */
export function isAlive(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}
