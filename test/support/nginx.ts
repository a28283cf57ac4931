import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DOMAIN, until } from './proxy.ts';
import { RawListener } from './raw-peer.ts';

const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin`;
const NGINX = Bun.which('nginx', { PATH });
const OPENSSL = Bun.which('openssl', { PATH });

/** Whether this machine has what a real site needs; tests without it are skipped. */
export const hasNginx = NGINX !== null && OPENSSL !== null;
if (!hasNginx) console.warn('nginx or openssl is missing: tests against a real web server are skipped');

const START_LIMIT_MS = 5_000;
const START_ATTEMPTS = 3; // the free port may be taken by another before nginx has it

export type KeyKind = 'rsa' | 'ecdsa';

const KEY_OPTIONS: Record<KeyKind, readonly string[]> = {
  rsa: ['rsa:2048'],
  ecdsa: ['ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'],
};

export interface NginxSetup {
  readonly key?: KeyKind;
  /** More of the server block: `ssl_prefer_server_ciphers on;`. */
  readonly server?: string;
  /** Default true; without it the site knows HTTP/1.1 only. */
  readonly http2?: boolean;
  /** Whatever stands here makes the certificate so much longer. */
  readonly organization?: string;
  /** The name of another site at the same address, with a certificate of its own, or with the same. */
  readonly neighbour?: string;
  readonly sharesCertificate?: boolean;
  /** Names that it does not know are refused by an alert; default: they get the first site. */
  readonly refusesUnknown?: boolean;
}

const OWN_CERTIFICATE = 'cert.pem';
const NEIGHBOUR_CERTIFICATE = 'neighbour.pem';
export const NEIGHBOUR_PAGE = 'the page of another site';

/** A fixed page of a few KB. */
export const PAGE = [
  `<!doctype html><title>${DOMAIN}</title>`,
  ...Array.from({ length: 64 }, (_, line) => `<p>Paragraph ${line} of a page that does not change.</p>`),
  '',
].join('\n');

/**
 * A real nginx with a certificate of its own on a free loopback port; `/echo` gives back what is posted to it, `/protocol`
 * names what the visitor speaks.
 */
export class NginxSite implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'petrel-nginx-'));
  readonly #echo = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: async (request) => new Response(await request.arrayBuffer()),
  });
  #process: Bun.Subprocess | null = null;
  #port = 0;

  private constructor() {}

  static async start(setup: NginxSetup = {}): Promise<NginxSite> {
    const site = new NginxSite();
    for (let attempt = 1; ; attempt++) {
      site.#port = freePort();
      try {
        await site.restart(setup);
        return site;
      } catch (error) {
        if (attempt < START_ATTEMPTS) continue;
        await site[Symbol.asyncDispose]();
        throw error;
      }
    }
  }

  get port(): number {
    return this.#port;
  }

  /** PEM file, to be trusted by visitors. */
  get certificateFile(): string {
    return this.file(OWN_CERTIFICATE);
  }

  file(name: string): string {
    return join(this.#folder, name);
  }

  /** Serves again on the same port, with another certificate. */
  async restart(setup: NginxSetup = {}): Promise<void> {
    await this.stop();
    await this.#certify(setup, DOMAIN, OWN_CERTIFICATE);
    if (setup.neighbour !== undefined) await this.#certify(setup, setup.neighbour, NEIGHBOUR_CERTIFICATE);
    writeFileSync(this.file('index.html'), PAGE);
    writeFileSync(this.file('nginx.conf'), this.#configuration(setup));
    const command = [NGINX ?? 'nginx', '-p', this.#folder, '-c', this.file('nginx.conf'), '-e', this.file('error.log')];
    const started = Bun.spawn(command, { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' });
    this.#process = started;
    await until(() => started.exitCode !== null || isListening(this.#port), 'nginx serves', START_LIMIT_MS);
    if (started.exitCode !== null) throw new Error(await Bun.file(this.file('error.log')).text());
  }

  async stop(): Promise<void> {
    this.#process?.kill('SIGKILL'); // one process: nobody stays behind
    await this.#process?.exited;
    this.#process = null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    void this.#echo.stop(true);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #certify({ key = 'ecdsa', organization = 'Example' }: NginxSetup, name: string, file: string): Promise<void> {
    const subject = `/O=${organization}/CN=${name}`;
    const made = Bun.spawn(
      [
        ...[OPENSSL ?? 'openssl', 'req', '-x509', '-nodes', '-days', '2', '-newkey', ...KEY_OPTIONS[key]],
        ...['-subj', subject, '-addext', `subjectAltName=DNS:${name}`],
        ...['-keyout', this.file(`key-${file}`), '-out', this.file(file)],
      ],
      { stdin: 'ignore', stdout: 'ignore', stderr: 'pipe' },
    );
    const complaint = await new Response(made.stderr).text();
    if ((await made.exited) !== 0) throw new Error(complaint);
  }

  #configuration(setup: NginxSetup): string {
    const { server = '', http2 = true, neighbour, refusesUnknown = false, sharesCertificate = false } = setup;
    const certificate = sharesCertificate ? OWN_CERTIFICATE : NEIGHBOUR_CERTIFICATE;
    const listen = `listen 127.0.0.1:${this.#port} ssl${http2 ? ' http2' : ''}`;
    const other = `server {
      ${listen};
      server_name ${neighbour};
      ssl_certificate ${certificate};
      ssl_certificate_key key-${certificate};
      location / { return 200 "${NEIGHBOUR_PAGE}"; }
    }`;
    return `
      daemon off;
      master_process off;
      pid nginx.pid;
      events { worker_connections 128; }
      http {
        access_log off;
        default_type text/html;
        client_max_body_size 8m;
        client_body_temp_path body;
        proxy_temp_path proxy;
        fastcgi_temp_path fastcgi;
        uwsgi_temp_path uwsgi;
        scgi_temp_path scgi;
        server {
          ${listen};
          server_name ${DOMAIN};
          ssl_certificate ${OWN_CERTIFICATE};
          ssl_certificate_key key-${OWN_CERTIFICATE};
          ${server.includes('ssl_protocols') ? '' : 'ssl_protocols TLSv1.2 TLSv1.3;'}
          ${server}
          root .;
          location = /protocol { return 200 "$ssl_protocol $server_protocol"; }
          location = /echo { proxy_pass http://127.0.0.1:${this.#echo.port}; }
        }
        ${neighbour === undefined ? '' : other}
        ${refusesUnknown ? `server { ${listen} default_server; ssl_reject_handshake on; }` : ''}
      }
    `;
  }
}

function freePort(): number {
  using listener = new RawListener();
  return listener.port;
}

/** From the kernel's table, so that the site is not visited. */
function isListening(port: number): boolean {
  const address = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')} 00000000:0000 0A`;
  return readFileSync('/proc/net/tcp', 'utf8').includes(address);
}
