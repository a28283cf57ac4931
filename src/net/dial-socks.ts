import {
  connectRequest,
  greeting,
  passwordRequest,
  readConnectReply,
  readMethod,
  readPasswordReply,
} from '../wire/socks5.ts';
import { ByteReader } from './byte-reader.ts';
import type { Conn } from './conn.ts';
import { type DialOptions, dial } from './dial.ts';
import { type AddressPreference, type Dialing, type DialResult, failed, reasonOf } from './dialing.ts';

export interface SocksUpstream {
  readonly host: string;
  readonly port: number;
  /** Empty: none is needed. */
  readonly user: string;
  readonly password: string;
}

const MAX_REPLY_BYTES = 1024; // far above the longest reply (262 bytes)

/**
 * Connects to `options.endpoint` through a SOCKS5 proxy; bytes glued behind its reply stay in the connection.
 * @param preference orders the addresses of the SOCKS proxy's name
 */
export function dialThroughSocks(
  upstream: SocksUpstream,
  options: DialOptions,
  preference: AddressPreference,
): Dialing {
  const { host, port } = upstream;
  const deadlineMs = performance.now() + options.timeoutMs;
  const first = dial({ ...options, endpoint: { host, port }, preference });
  let open: Conn | null = null;
  const run = async (): Promise<DialResult> => {
    const connected = await first.result;
    if (connected.kind === 'failed') return failed(`SOCKS proxy: ${connected.reason}`);
    const { conn } = connected;
    open = conn;
    const timer = setTimeout(() => conn.reset(), Math.max(0, deadlineMs - performance.now()));
    const reason = await negotiate(conn, upstream, options).catch(reasonOf);
    clearTimeout(timer);
    open = null;
    if (reason === null) return { kind: 'connected', conn, address: options.endpoint };
    conn.reset();
    return failed(`SOCKS proxy: ${reason}`);
  };
  return {
    result: run(),
    cancel() {
      first.cancel();
      open?.reset();
    },
  };
}

/** @returns null when the tunnel stands, else why not */
async function negotiate(conn: Conn, upstream: SocksUpstream, options: DialOptions): Promise<string | null> {
  const { endpoint } = options;
  if ('unix' in endpoint) return 'cannot reach a unix socket';
  const reader = new ByteReader(conn, MAX_REPLY_BYTES);
  const withPassword = upstream.user !== '';

  conn.write(greeting(withPassword));
  const method = await expectReply(reader, readMethod);
  if (typeof method === 'string') return method;
  if (method.method === 'password') {
    if (!withPassword) return 'asks for a password, none is configured';
    conn.write(passwordRequest(upstream.user, upstream.password));
    const accepted = await expectReply(reader, readPasswordReply);
    if (typeof accepted === 'string') return accepted;
  }
  conn.write(connectRequest(endpoint.host, endpoint.port));
  const tunnel = await expectReply(reader, readConnectReply);
  if (typeof tunnel === 'string') return tunnel;
  reader.release();
  return null;
}

type Reply<M> = { kind: 'need-more' } | { kind: 'reject'; reason: string } | ({ kind: 'match'; consumed: number } & M);

async function expectReply<M>(reader: ByteReader, read: (bytes: Uint8Array) => Reply<M>): Promise<M | string> {
  for (;;) {
    const reply = read(reader.bytes);
    if (reply.kind === 'reject') return reply.reason;
    if (reply.kind === 'match') {
      reader.consume(reply.consumed);
      return reply;
    }
    const event = await reader.next();
    if (event !== 'bytes') return 'closed the connection or did not answer in time';
  }
}
