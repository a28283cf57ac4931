import { existsSync, mkdirSync, mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SimulatedDataCenter } from '../../src/demo/telegram/data-center.ts';
import { fromHex, hex } from '../../src/kit/bytes.ts';
import { systemRandom } from '../../src/kit/random.ts';
import type { Secret } from '../../src/wire/secret.ts';
import { freePort } from '../../test/support/free-port.ts';
import { SilentListener } from '../../test/support/silent-listener.ts';
import { type Confinement, ProxyProcess } from './proxy-process.ts';

export const DOMAIN = 'front.example.org';
const KEYS = {
  regular: 'a1b2c3d4e5f60718293a4b5c6d7e8f90',
  guest: 'b1b2c3d4e5f60718293a4b5c6d7e8f91',
} as const;
const WRONG_KEY = 'c1b2c3d4e5f60718293a4b5c6d7e8f92';
/** Small enough to be filled in a moment. */
const DISK = 'size=8m';
const FILL_BYTES = 64 * 1024 * 1024;
const OWNER_ONLY = 0o700;

/** Data centres by what they are like; the troubled one gets the faults of a wave. */
export const DCS = { steady: 1, troubled: 2, dead: 4, silent: 203 } as const;

interface Ports {
  readonly proxy: number;
  readonly site: number;
  readonly steady: number;
  readonly troubled: number;
  readonly silent: number;
}

/** What is otherwise than usual. */
export interface Setting extends Confinement {
  /** Another fronted site than the curt one. */
  readonly sitePort?: number;
  /** Users beside the regular one and the guest. */
  readonly moreUsers?: number;
  /** How long one may stay that says nothing. */
  readonly patience?: string;
}

/** Everything around the proxy under test: data centres of several kinds, a fronted site, a disk of its own where that can be had. */
export class World {
  readonly steady = SimulatedDataCenter.start();
  readonly troubled = SimulatedDataCenter.start();
  /** How far the proxy's clock, and so that of clients, is ahead. */
  aheadMs = 0;
  readonly #site = curtSite();
  readonly #silent: SilentListener;
  readonly #folder = mkdtempSync(join(tmpdir(), 'petrel-soak-'));
  readonly #ports: Ports;
  readonly #setting: Setting;
  #proxy: ProxyProcess | null = null;
  /** Whether the data folder is on a small disk of its own. */
  readonly hasOwnDisk: boolean;

  private constructor(silent: SilentListener, setting: Setting) {
    this.#setting = setting;
    this.#silent = silent;
    const data = join(this.#folder, 'data');
    mkdirSync(data, { mode: OWNER_ONLY });
    this.hasOwnDisk = Bun.spawnSync(['mount', '-t', 'tmpfs', '-o', DISK, 'tmpfs', data]).exitCode === 0;
    this.#ports = {
      proxy: freePort(),
      site: setting.sitePort ?? this.#site.port,
      steady: this.steady.port,
      troubled: this.troubled.port,
      silent: silent.port,
    };
  }

  static async start(setting: Setting = {}): Promise<World> {
    const world = new World(await SilentListener.start(), setting);
    world.#configure(true);
    world.#proxy = await ProxyProcess.start(world.#folder, setting);
    return world;
  }

  get proxy(): ProxyProcess {
    if (this.#proxy === null) throw new Error('not started');
    return this.#proxy;
  }

  get port(): number {
    return this.#ports.proxy;
  }

  secret(kind: 'ee' | 'dd' | 'plain', whose: keyof typeof KEYS | 'nobody' = 'regular'): Secret {
    return { kind, key: fromHex(whose === 'nobody' ? WRONG_KEY : KEYS[whose]), domain: kind === 'ee' ? DOMAIN : '' };
  }

  /** As clients see it. */
  now = (): number => Date.now() + this.aheadMs;

  /** Has the configuration read again, with or without the guest. */
  reload(withGuest: boolean): void {
    this.#configure(withGuest);
    this.proxy.reload();
  }

  setClock(aheadMs: number): void {
    this.aheadMs = aheadMs;
    this.proxy.setClock(aheadMs);
  }

  /** Fills the data folder's disk to the last byte, or frees it again. */
  setDiskFull(isFull: boolean): void {
    const filler = join(this.#folder, 'data/filler');
    if (!isFull) {
      if (existsSync(filler)) unlinkSync(filler);
      return;
    }
    try {
      writeFileSync(filler, new Uint8Array(FILL_BYTES));
    } catch {
      // No space left: what we wanted.
    }
  }

  close(): void {
    this.#proxy?.kill();
    this.steady.stop();
    this.troubled.stop();
    this.#site.stop(true);
    this.#silent.stop();
    if (this.hasOwnDisk) Bun.spawnSync(['umount', '-l', join(this.#folder, 'data')]);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #configure(withGuest: boolean): void {
    writeFileSync(join(this.#folder, 'petrel.toml'), configuration(this.#ports, withGuest, this.#setting));
  }
}

/** A fronted site that turns everybody away after the first bytes. */
function curtSite() {
  return Bun.listen({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      data(socket) {
        socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
      },
    },
  });
}

function configuration(ports: Ports, withGuest: boolean, { moreUsers = 0, patience = '5s' }: Setting): string {
  const others = [3, 5].map((dc) => `"${dc}" = "127.0.0.1:${ports.steady}"`);
  return `
port = ${ports.proxy}
listen = ["127.0.0.1"]
public_host = "proxy.example.org"
[modes]
classic = true
[tls]
domain = "${DOMAIN}"
[mask]
host = "127.0.0.1"
port = ${ports.site}
[limits]
first_byte_timeout = "${patience}"
handshake_timeout = "3s"
[telegram]
connect_timeout = "2s"
[log]
level = "error"
[users.regular]
secret = "${KEYS.regular}"
max_connections = 0
${withGuest ? `[users.guest]\nsecret = "${KEYS.guest}"\nmax_connections = 20` : ''}
${Array.from({ length: moreUsers }, (_, number) => `[users.more${number}]\nsecret = "${hex(systemRandom(16))}"`).join('\n')}
[telegram.dc_overrides]
"${DCS.steady}" = "127.0.0.1:${ports.steady}"
"${DCS.troubled}" = "127.0.0.1:${ports.troubled}"
"${DCS.dead}" = "127.0.0.1:1"
"${DCS.silent}" = "127.0.0.1:${ports.silent}"
${others.join('\n')}
`;
}
