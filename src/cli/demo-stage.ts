import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../config/load.ts';
import { Daemon } from '../daemon/daemon.ts';
import { SimulatedSite } from '../demo/site.ts';
import { SimulatedDataCenter } from '../demo/telegram/data-center.ts';
import { hex } from '../kit/bytes.ts';
import { createLog } from '../kit/log.ts';
import { systemRandom } from '../kit/random.ts';
import { KEY_BYTES, type Secret, type SecretKind } from '../wire/secret.ts';

const USERS = ['alice', 'bob', 'carol'];
const KINDS: SecretKind[] = ['plain', 'dd', 'ee'];
const DOMAIN = 'weather.example';
const DC_IDS = [1, 2, 3, 4, 5, 203];
const MAX_COMPLAINTS = 20;
/** The clients have left by then; what is still open is cut. */
const DRAIN_LIMIT_MS = 1_000;

/** A real proxy between a simulated Telegram and a simulated site, all on loopback, data in a folder that goes again. */
export class DemoStage {
  readonly daemon: Daemon;
  /** One secret of every kind for every user, the kinds in turn. */
  readonly secrets: readonly Secret[];
  /** What the proxy warned of. */
  readonly complaints: string[] = [];
  readonly #telegram = SimulatedDataCenter.start();
  readonly #site = new SimulatedSite();
  readonly #folder = mkdtempSync(join(tmpdir(), 'petrel-demo-'));

  constructor() {
    const users = USERS.map((name) => ({ name, key: systemRandom(KEY_BYTES) }));
    this.secrets = users.flatMap(({ key }) =>
      KINDS.map((kind) => ({ kind, key, domain: kind === 'ee' ? DOMAIN : '' })),
    );
    writeFileSync(join(this.#folder, 'petrel.toml'), this.#toml(users));
    const write = (line: string) => {
      if (this.complaints.length < MAX_COMPLAINTS) this.complaints.push(line);
    };
    const config = loadConfig({ cwd: this.#folder, env: {} });
    this.daemon = new Daemon(config, createLog({ level: 'warn', format: 'pretty', write }), { asksSites: false });
  }

  async stop(): Promise<void> {
    await this.daemon.stop(DRAIN_LIMIT_MS);
    this.#telegram.stop();
    await this.#site.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #toml(users: { name: string; key: Uint8Array }[]): string {
    return [
      'port = 0',
      'listen = ["127.0.0.1"]',
      `data_dir = ${JSON.stringify(join(this.#folder, 'data'))}`,
      '[modes]\nclassic = true\nsecure = true\ntls = true',
      `[tls]\ndomain = "${DOMAIN}"`,
      `[mask]\nhost = "127.0.0.1"\nport = ${this.#site.port}`,
      ...users.map(({ name, key }) => `[users.${name}]\nsecret = "${hex(key)}"\nmax_connections = 0`),
      '[telegram.dc_overrides]',
      ...DC_IDS.map((id) => `"${id}" = "127.0.0.1:${this.#telegram.port}"`),
    ].join('\n');
  }
}
