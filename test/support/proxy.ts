import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/schema.ts';
import { Daemon } from '../../src/daemon/daemon.ts';
import type { MemoryReading } from '../../src/daemon/memory.ts';
import type { LookTimes } from '../../src/daemon/telegram-watch.ts';
import { fromHex } from '../../src/kit/bytes.ts';
import { createLog } from '../../src/kit/log.ts';
import { LocalGate } from '../../src/proxy/local-gate.ts';
import type { Secret, SecretKind } from '../../src/wire/secret.ts';

export const DOMAIN = 'front.example.org';
export const USER_KEY = 'a1b2c3d4e5f60718293a4b5c6d7e8f90';
/** A loopback port where nobody listens. */
export const CLOSED_PORT = 1;

export interface ProxySetup {
  /** Port of the (simulated) data centre that serves every id; default: a closed one. */
  readonly dcPort?: number;
  /** Port of the fronted site; default: a closed one. */
  readonly sitePort?: number;
  /** Addresses of data centres that have their own, by signed id; the others are at `dcPort`. */
  readonly dcs?: Readonly<Record<string, string | readonly string[]>>;
  /** More TOML, put before the sections: `[limits]\nidle_timeout = "1s"`. A section may be given once. */
  readonly toml?: string;
  /** The `[users.*]` tables; default one user "alice" without a connection limit. */
  readonly users?: string;
  /** Whether the fronted site is asked how it answers; default no, so that a test sees only its own visits. */
  readonly asksSites?: boolean;
  /** Whether data centres are asked without a session, and when; default no, so that a test sees only its own connections. */
  readonly looks?: LookTimes;
  /** How memory is; default: as it is. */
  readonly readMemory?: () => MemoryReading;
  /** A data folder that outlives this proxy; default: its own. */
  readonly dataDir?: string;
  /** Default: 127.0.0.1. */
  readonly listen?: readonly string[];
}

/** One log line as the proxy wrote it. */
export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

/** A whole proxy in this process, on a free loopback port, with its data in a folder of its own. */
export class TestProxy implements AsyncDisposable {
  readonly daemon: Daemon;
  readonly logLines: LogLine[] = [];
  readonly #folder: string;
  readonly #setup: ProxySetup;
  #isStopped = false;

  constructor(setup: ProxySetup = {}) {
    this.#folder = mkdtempSync(join(tmpdir(), 'petrel-test-'));
    this.#setup = setup;
    const log = createLog({
      level: 'debug',
      format: 'json',
      write: (line) => void this.logLines.push(JSON.parse(line) as LogLine),
    });
    this.daemon = new Daemon(this.readConfig(setup), log, {
      asksSites: setup.asksSites ?? false,
      asksTelegram: setup.looks !== undefined,
      ...(setup.looks && { looks: setup.looks }),
      ...(setup.readMemory && { readMemory: setup.readMemory }),
    });
  }

  get port(): number {
    return this.daemon.port;
  }

  get dataDir(): string {
    return this.daemon.config.dataDir;
  }

  get ledger() {
    return this.daemon.plane.ledger;
  }

  /** A configuration as `petrel.toml` would give it, for the start or for `daemon.reload`. */
  readConfig(setup: ProxySetup): Config {
    const file = join(this.#folder, 'petrel.toml');
    const text = tomlOf({ ...this.#setup, ...setup }, join(this.#folder, 'data'));
    writeFileSync(file, text);
    return loadConfig({ cwd: this.#folder, configFile: file, env: {} });
  }

  reload(setup: ProxySetup): string[] {
    return this.daemon.reload(this.readConfig(setup));
  }

  logged(message: string): LogLine[] {
    return this.logLines.filter((line) => line.message.includes(message));
  }

  /** Stops; sessions that stand are cut after `limitMs`. */
  async stop(limitMs = 0): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    await this.daemon.stop(limitMs);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

/** A secret of the default user (or of another key). */
export function secretOf(kind: SecretKind, key = USER_KEY): Secret {
  return { kind, key: fromHex(key), domain: kind === 'ee' ? DOMAIN : '' };
}

/** Waits until `condition` holds, looking at it after each turn of the event loop. */
export async function until(condition: () => boolean, what: string, limitMs = 5_000): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`not within ${limitMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Waits until no session is left and checks that everything that is counted is back where it began. */
export async function expectSettled(proxy: TestProxy): Promise<void> {
  const { plane } = proxy.daemon;
  await until(() => plane.sessions.size === 0, 'all sessions settled');
  const left = {
    open: plane.ledger.open,
    relaying: plane.ledger.relaying,
    splicing: plane.ledger.splicing,
    unproved: plane.sessions.lobby.size,
    places: plane.gate instanceof LocalGate ? plane.gate.size : Number.NaN,
    users: plane.roster.users.filter((user) => user.connections !== 0 || user.networks.size !== 0).length,
    unaccounted: plane.ledger.accepted - Object.values(plane.ledger.outcomes).reduce((sum, count) => sum + count, 0),
  };
  const none = { open: 0, relaying: 0, splicing: 0, unproved: 0, places: 0, users: 0, unaccounted: 0 };
  if (!Bun.deepEquals(left, none)) throw new Error(`not settled: ${JSON.stringify(left)}`);
}

const DC_IDS = [1, 2, 3, 4, 5, 203, 10_001, 10_002, 10_003];

function tomlOf(setup: ProxySetup, dataDir: string): string {
  const toml = setup.toml ?? '';
  const shared = Object.fromEntries(DC_IDS.map((id) => [id, `127.0.0.1:${setup.dcPort ?? CLOSED_PORT}`]));
  const section = (name: string, body: string) => (toml.includes(`[${name}]`) ? '' : `[${name}]\n${body}\n`);
  return [
    `port = 0\nlisten = ${JSON.stringify(setup.listen ?? ['127.0.0.1'])}\ndata_dir = ${JSON.stringify(setup.dataDir ?? dataDir)}`,
    toml,
    section('modes', 'classic = true\nsecure = true\ntls = true'),
    section('tls', `domain = "${DOMAIN}"`),
    section('mask', `host = "127.0.0.1"\nport = ${setup.sitePort ?? CLOSED_PORT}`),
    setup.users ?? `[users.alice]\nsecret = "${USER_KEY}"\nmax_connections = 0`,
    '[telegram.dc_overrides]',
    ...Object.entries({ ...shared, ...setup.dcs }).map(([id, address]) => `"${id}" = ${JSON.stringify(address)}`),
  ].join('\n');
}
