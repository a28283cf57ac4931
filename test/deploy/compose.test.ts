import { describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readDotenv } from '../../src/config/dotenv.ts';
import { refusal } from '../../src/config/load-fixture.ts';

/** The part of a compose file that is looked at here. */
interface Service {
  readonly environment: readonly string[] | Readonly<Record<string, string | null>>;
  readonly deploy: { readonly resources: { readonly limits: { readonly memory: string; readonly cpus: string } } };
  readonly mem_limit: string;
  readonly cpus: number;
  readonly volumes: readonly unknown[];
  readonly ports?: readonly unknown[];
  readonly network_mode?: string;
}

/** docker-compose 1.29 needs a second on a quiet machine. */
const COMMAND_LIMIT_MS = 60_000;

const ROOT = join(import.meta.dir, '../..');
const text = await Bun.file(join(ROOT, 'docker-compose.yml')).text();
const example = await Bun.file(join(ROOT, '.env.example')).text();

/** The file with everything that it offers in comments. */
const withOffers = text
  .replace(/^ +network_mode: host\n/m, '')
  .replace(/^( +)# (ports:| {2}- "\$.*|- \.\/petrel\.toml.*)$/gm, '$1$2');

function serviceOf(document: string): Service {
  return (Bun.YAML.parse(document) as { services: { mtproxy: Service } }).services.mtproxy;
}

describe('docker-compose.yml', () => {
  const service = serviceOf(text);

  test('is what the guide promises', () => {
    expect(service).toMatchObject({
      container_name: 'mtproxy_stable',
      build: '.',
      restart: 'always',
      network_mode: 'host',
      read_only: true,
      cap_drop: ['ALL'],
      cap_add: ['NET_BIND_SERVICE'],
      deploy: { resources: { limits: { memory: '1.5G', cpus: '0.8' } } },
      ulimits: { nofile: { soft: 65536, hard: 65536 } },
      logging: { driver: 'json-file', options: { 'max-size': '10m', 'max-file': '3' } },
      volumes: ['petrel-data:/var/lib/petrel'],
    });
    expect(Bun.YAML.parse(text)).toHaveProperty('volumes', { 'petrel-data': null });
  });

  test('tells docker-compose 1.29 the same limits', () => {
    const { memory, cpus } = service.deploy.resources.limits;
    expect({ memory: service.mem_limit, cpus: String(service.cpus) }).toEqual({ memory, cpus });
  });

  test('passes on every variable of .env.example, and only what Petrel reads', () => {
    const names = service.environment;
    const wanted = readDotenv(example).flatMap((line) => (line.kind === 'variable' ? [line.name] : []));
    expect(names).toEqual(expect.arrayContaining(wanted));
    for (const name of Array.isArray(names) ? names : []) {
      expect(refusal({ env: { [name]: 'no value of any kind' } })[0]).toStartWith(`environment: ${name}: `);
    }
  });

  test('offers a network of its own and a configuration file', () => {
    const offered = serviceOf(withOffers);
    expect(offered.ports).toEqual([`\${MTPROTO_PORT:-8080}:\${MTPROTO_PORT:-8080}`]);
    expect(offered.network_mode).toBeUndefined();
    expect(offered.volumes).toEqual(['petrel-data:/var/lib/petrel', './petrel.toml:/etc/petrel/petrel.toml:ro']);
  });
});

describe.each(['docker compose', 'docker-compose'])('%s', (name) => {
  const command = name.split(' ');
  const isInstalled = Bun.which(command[0] ?? '') !== null && run([...command, 'version'], ROOT).exitCode === 0;
  if (!isInstalled) console.warn(`${name} is missing: docker-compose.yml is not validated with it`);
  const validated = (title: string, check: () => void) => test.skipIf(!isInstalled)(title, check, COMMAND_LIMIT_MS);

  validated('takes the file as it is', () => {
    const { environment } = configured(command, text);
    expect(environment).toMatchObject({ MTPROTO_PORT: null, USER1_SECRET: null });
  });

  validated('takes what it offers in comments', () => {
    expect(configured(command, withOffers).ports).toHaveLength(1);
  });

  validated('passes on what .env sets', () => {
    const { environment } = configured(command, text, 'MTPROTO_PORT=9443\nTLS_DOMAIN=\n');
    expect(environment).toMatchObject({ MTPROTO_PORT: '9443', TLS_DOMAIN: '', USER1_SECRET: null });
  });
});

/** The service as the command understands it, in a folder of its own. */
function configured(command: readonly string[], document: string, dotenv?: string): Service {
  const folder = mkdtempSync(join(tmpdir(), 'petrel-compose-'));
  try {
    writeFileSync(join(folder, 'docker-compose.yml'), document);
    if (dotenv !== undefined) writeFileSync(join(folder, '.env'), dotenv);
    const { exitCode, stdout, stderr } = run([...command, 'config'], folder);
    expect({ exitCode, stderr: String(stderr) }).toMatchObject({ exitCode: 0 });
    return serviceOf(String(stdout));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Without this process's own settings, which would be passed on. */
function run(command: readonly string[], cwd: string) {
  const { PATH, HOME, DOCKER_CONFIG } = process.env;
  return Bun.spawnSync([...command], { cwd, env: { PATH, HOME, DOCKER_CONFIG }, stdout: 'pipe', stderr: 'pipe' });
}
