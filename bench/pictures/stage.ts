import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { $ } from 'bun';
import { SimulatedDataCenter } from '../../src/demo/telegram/data-center.ts';
import { DOMAIN } from '../secrets.ts';

/** Addresses of documentation (RFC 5737): the server's, and those of the data centres. */
const SERVER = '203.0.113.7';
const PUBLIC_HOST = 'proxy.example.org';
const FOLDER = '/srv/petrel';
const DATA_CENTERS = [1, 2, 3, 4, 5, 203];
/** One that Telegram's have, too; 443 is the proxy's own, on every address. */
const DATA_CENTER_PORT = 5222;
const SITE_PORT = 8443;
const KERNEL = '/proc/sys/kernel/osrelease';
const CERTIFICATES = `
key() { openssl ecparam -genkey -name prime256v1 -noout -out "$1"; }
key authority.key
openssl req -x509 -new -key authority.key -subj '/O=Example Authority' -days 365 -out authority.pem
key site.key
openssl req -new -key site.key -subj '/CN=${DOMAIN}' -out site.csr
printf 'subjectAltName=DNS:%s\\n' ${DOMAIN} >site.ext
openssl x509 -req -in site.csr -CA authority.pem -CAkey authority.key -CAcreateserial -days 80 -extfile site.ext -out site.pem
`;

/**
 * A server of documentation's addresses in namespaces of its own, with a site behind the proxy and data centres
 * around it. It takes addresses and puts files over the system's, so it refuses to be anywhere else.
 */
export class Stage implements AsyncDisposable {
  /** Where `petrel.toml` is. */
  readonly folder = FOLDER;
  /** For SSL_CERT_FILE: makes the site's certificate one that is accepted, as a public authority's is. */
  readonly authority = join(FOLDER, 'authority.pem');
  readonly #dataCenters: readonly SimulatedDataCenter[];
  readonly #site: ReturnType<typeof Bun.serve>;

  private constructor() {
    this.#dataCenters = DATA_CENTERS.map((dc) =>
      SimulatedDataCenter.start({ hostname: addressOf(dc), port: DATA_CENTER_PORT }),
    );
    for (const { serverKey } of this.#dataCenters) void serverKey; // made when first needed, which takes its time
    this.#site = Bun.serve({
      hostname: '127.0.0.1',
      port: SITE_PORT,
      tls: { cert: Bun.file(join(this.folder, 'site.pem')), key: Bun.file(join(this.folder, 'site.key')) },
      fetch: () => new Response('<!doctype html><title>Example</title>', { headers: { 'Content-Type': 'text/html' } }),
    });
  }

  static async build(): Promise<Stage> {
    const links = (await $`ip -o link`.text()).trim().split('\n');
    if (links.length > 1) throw new Error('this is no namespace of its own: npm run pictures makes one');
    await $`ip link set lo up && ip link add eth0 type veth peer name outside`.quiet();
    await $`ip addr add ${SERVER}/24 dev eth0 && ip link set eth0 up && ip link set outside up`.quiet();
    for (const dc of DATA_CENTERS) await $`ip addr add ${addressOf(dc)}/32 dev lo`.quiet();
    await $`mount --make-rprivate / && mount -t tmpfs -o size=20g none /srv && mkdir ${FOLDER}`.quiet();
    const instead = (path: string, text: string) => {
      const file = join('/srv', path.replaceAll('/', '-'));
      writeFileSync(file, text);
      return $`mount --bind ${file} ${path}`.quiet();
    };
    await instead('/etc/hosts', `127.0.0.1 localhost\n${SERVER} ${DOMAIN} ${PUBLIC_HOST}\n`);
    // Without what this machine's own kernel is called besides.
    await instead(KERNEL, readFileSync(KERNEL, 'utf8').replace(/-.*/, ''));
    // As the tuning script sets it; other settings are left, so that the picture has warnings to show.
    await $`sysctl -qw net.ipv4.ip_local_port_range=${'10240 65535'}`.quiet();
    await $`sh -euc ${CERTIFICATES}`.cwd(FOLDER).quiet();
    return new Stage();
  }

  /** Writes petrel.toml into the folder and forgets what a Petrel kept there. @param users names of users, each with a key of its own */
  configure(users: readonly string[]): void {
    rmSync(join(this.folder, 'data'), { recursive: true, force: true });
    writeFileSync(
      join(this.folder, 'petrel.toml'),
      [
        'port = 443',
        `public_host = "${PUBLIC_HOST}"`,
        '[limits]\nmax_connections = 5000',
        `[tls]\ndomain = "${DOMAIN}"`,
        `[mask]\nhost = "127.0.0.1"\nport = ${SITE_PORT}`,
        '[telegram.dc_overrides]',
        ...DATA_CENTERS.map((dc) => `"${dc}" = "${addressOf(dc)}:${DATA_CENTER_PORT}"`),
        ...users.map((name) => `[users.${name}]\nsecret = "${keyOf(name)}"\nmax_connections = 0`),
      ].join('\n'),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const dataCenter of this.#dataCenters) dataCenter.stop();
    await this.#site.stop(true);
  }
}

export function keyOf(user: string): string {
  return new Bun.CryptoHasher('md5').update(user).digest('hex');
}

/** 198.51.100.0/24 is for documentation, too. */
function addressOf(dc: number): string {
  return `198.51.100.${dc}`;
}
