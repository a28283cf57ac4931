import { join } from 'node:path';
import type { SimulatedDataCenter } from '../../src/demo/telegram/data-center.ts';

/** The real client libraries that can be driven. */
export type ClientLibrary = 'mtcute' | 'gramjs' | 'tdlib';

export interface ClientRun {
  /** The proxy. */
  readonly host: string;
  readonly port: number;
  /** Hexadecimal, with its prefix. */
  readonly secret: string;
  /** Where the library would dial without a proxy, and whose RSA key it is to trust. */
  readonly dataCenter: SimulatedDataCenter;
  /** DC id of the production servers, 1 to 5; default 2. */
  readonly dc?: number;
  /** Uses the test servers' ids (10,000 and more). mtcute and TDLib. */
  readonly test?: boolean;
  /** Downloads over a media connection (a negative DC id). mtcute. */
  readonly media?: boolean;
  /** Temporary keys. mtcute; TDLib always uses them. */
  readonly pfs?: boolean;
  readonly uploadBytes?: number;
  /** Only the key exchange of `testProxy`, no session. TDLib. */
  readonly session?: boolean;
  readonly deadlineMs?: number; // default 25,000
}

/** What a driver got done. */
export interface ClientResult {
  readonly client: ClientLibrary;
  readonly ok: boolean;
  /**
   * What was done, in order.
   *
   * - mtcute: config, download, upload
   * - gramjs: connect, ping, config, download, upload
   * - tdlib: testProxy, connect, pingProxy, request
   */
  readonly steps: readonly string[];
  readonly error?: string;
  readonly thisDc?: number;
  readonly downloadedBytes?: number;
  readonly downloadSha256?: string;
  readonly uploadedBytes?: number;
  readonly uploadSha256?: string;
  readonly pingSeconds?: number;
  /** What the library printed besides. */
  readonly log: string;
}

const DEFAULT_DEADLINE_MS = 25_000;
/** How much longer than its own deadline a driver may take to end. */
const GRACE_MS = 3_000;

/**
 * Runs one library against a proxy, in a process of its own under Node.
 *
 * @returns what it got done, also when it failed (`ok` is false then); never takes much longer than the deadline
 */
export async function runClient(library: ClientLibrary, run: ClientRun): Promise<ClientResult> {
  const { dataCenter, deadlineMs = DEFAULT_DEADLINE_MS, ...options } = run;
  const argument = JSON.stringify({
    ...options,
    deadlineMs,
    dcHost: dataCenter.address,
    dcPort: dataCenter.port,
    rsaPublicKeyPem: dataCenter.serverKey.publicPem,
  });
  const driver = Bun.spawn(['node', join(import.meta.dir, `${library}.mjs`), argument], {
    stdout: 'pipe',
    stderr: 'pipe',
    timeout: deadlineMs + GRACE_MS,
    killSignal: 'SIGKILL',
  });
  const [report, log] = await Promise.all([driver.stdout.text(), driver.stderr.text(), driver.exited]);
  const failure = { client: library, ok: false, steps: [], error: `the driver ended with ${driver.exitCode}` };
  return { ...(report === '' ? failure : (JSON.parse(report) as Omit<ClientResult, 'log'>)), log };
}
