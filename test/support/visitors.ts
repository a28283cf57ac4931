import { connect, type TLSSocket } from 'node:tls';
import { DOMAIN } from './proxy.ts';

export const hasCurl = Bun.which('curl') !== null;
if (!hasCurl) console.warn('curl is missing: its visits are skipped');

const VISIT_LIMIT_MS = 10_000;

export interface CommandResult {
  readonly exitCode: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a program to its end, which comes within a limit. */
export async function runCommand(
  command: readonly string[],
  { limitMs = VISIT_LIMIT_MS, env = {} }: { limitMs?: number; env?: Readonly<Record<string, string>> } = {},
): Promise<CommandResult> {
  const started = Bun.spawn([...command], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    timeout: limitMs,
  });
  const [out, err] = await Promise.all([new Response(started.stdout).text(), new Response(started.stderr).text()]);
  await started.exited;
  return { exitCode: started.exitCode, out, err };
}

/** Lines of `openssl s_client` that tell of the site; the others are random, or of the visit. */
const TELLING =
  /^(?:[A-Za-z0-9+/=]{64}$|-----|subject=|issuer=|Server Temp Key|Negotiated|Peer sign|Server public key|New, |ALPN|No ALPN|Verif|Secure Renegotiation|.*alert)/;

/** A visit by OpenSSL's own client. @returns what it learned of the site */
export async function visitWithOpenssl(port: number, authority: string, args: readonly string[] = []) {
  const fixed = ['openssl', 's_client', '-connect', `127.0.0.1:${port}`, '-CAfile', authority];
  const { exitCode, out, err } = await runCommand([...fixed, ...args]);
  const lines = `${out}\n${err}`.split('\n').map((line) => line.replace(/^[0-9A-F]{12,16}:/, '')); // thread id
  return { exitCode, lines: lines.filter((line) => TELLING.test(line)) };
}

/** A visit by curl. @returns status, headers without the date, and a digest of the body */
export async function visitWithCurl(port: number, authority: string, path: string, args: readonly string[] = []) {
  const fixed = ['curl', '--silent', '--show-error', '--include', '--cacert', authority];
  const route = ['--connect-to', `${DOMAIN}:443:127.0.0.1:${port}`, '--connect-to', `${DOMAIN}:80:127.0.0.1:${port}`];
  const url = path.startsWith('http') ? path : `https://${DOMAIN}${path}`;
  const { exitCode, out, err } = await runCommand([...fixed, ...route, ...args, url]);
  const headEnd = out.indexOf('\r\n\r\n');
  const head = out.slice(0, headEnd).split('\r\n');
  const body = out.slice(headEnd + 4);
  return {
    exitCode,
    complaint: err,
    status: head[0] ?? '',
    headers: head.slice(1).filter((line) => !line.toLowerCase().startsWith('date:')),
    bodyLength: body.length,
    bodyDigest: digestOf(body),
  };
}

export function digestOf(text: string): string {
  return new Bun.CryptoHasher('sha256').update(text).digest('hex');
}

/** What happened on a TLS connection, in its order: statuses of the answers, then its end. */
export interface Dialogue {
  readonly events: readonly string[];
  /** From the last answer to the site's end. */
  readonly idleMs: number;
}

/**
 * Asks for the protocol page `count` times over one connection, each after the answer to the one before.
 * @param finishes sends our end with the last question; without it the site closes when it is tired of us
 */
export function converse(options: {
  port: number;
  trusted: string;
  count: number;
  finishes: boolean;
}): Promise<Dialogue> {
  const { port, trusted, count, finishes } = options;
  return new Promise((resolve, reject) => {
    const events: string[] = [];
    let asked = 0;
    let answeredAt = 0;
    const socket: TLSSocket = connect({
      host: '127.0.0.1',
      port,
      servername: DOMAIN,
      ca: trusted,
    });
    const ask = () => {
      asked += 1;
      socket.write(`GET /protocol HTTP/1.1\r\nHost: ${DOMAIN}\r\n\r\n`);
      if (finishes && asked === count) socket.end();
    };
    socket.on('secureConnect', ask);
    socket.on('data', (chunk) => {
      const answer = String(chunk);
      events.push(`${answer.split('\r\n')[0]} ... ${answer.split('\r\n').at(-1)}`);
      answeredAt = performance.now();
      if (asked < count) ask();
    });
    socket.on('end', () => {
      events.push('end');
      socket.end();
    });
    socket.on('close', (failed) => {
      events.push(failed ? 'failed' : 'closed');
      resolve({ events, idleMs: performance.now() - answeredAt });
    });
    socket.on('error', reject);
  });
}
