import type { Socket, SocketHandler } from 'bun';
import { concat, hex, latin1, utf8 } from '../kit/bytes.ts';
import type { SiteAddress } from './visit-site.ts';

/** What a site shows to a visitor that asks for its first page, as far as two names are told apart by it. */
export type PageAnswer =
  | { readonly kind: 'page'; readonly status: string; readonly digest: string }
  /** No page, or not all of it in time. */
  | { readonly kind: 'none' };

/** Whether a page can be one of those that unknown names get. Pages that are never twice the same are compared by their status alone. */
export function isPageOf(page: PageAnswer, unknown: readonly [PageAnswer, PageAnswer]): boolean {
  const [one, other] = unknown;
  if (page.kind === 'none' || one.kind === 'none' || other.kind === 'none') return true;
  if (page.status !== one.status && page.status !== other.status) return false;
  return one.digest !== other.digest || page.digest === one.digest;
}

const ANSWER_TIMEOUT_MS = 2_000;
/** Enough to tell pages apart. */
const MAX_PAGE_BYTES = 16 * 1024;
const NONE: PageAnswer = { kind: 'none' };
const STATUS = /^HTTP\/1\.[01] (\d{3})/;
const HEAD_END = '\r\n\r\n';

/**
 * Fetches the first page that a site has for a name, over TLS whatever the certificate. It costs some megabytes of memory the first
 * time: only where nothing else tells two names apart.
 *
 * @param site at a literal address or a unix socket
 */
export async function askPage(
  { endpoint, preface }: SiteAddress,
  name: string,
  signal: AbortSignal,
): Promise<PageAnswer> {
  if (signal.aborted) return NONE;
  const fetching = new Fetching(name, preface);
  const timer = setTimeout(() => fetching.end(false), ANSWER_TIMEOUT_MS);
  const giveUp = () => fetching.end(false);
  signal.addEventListener('abort', giveUp, { once: true });
  const place = 'unix' in endpoint ? { unix: endpoint.unix } : { hostname: endpoint.host, port: endpoint.port };
  Bun.connect<undefined>({ ...place, socket: fetching.plain } as Parameters<typeof Bun.connect<undefined>>[0]).catch(
    giveUp,
  );
  try {
    return await fetching.result;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', giveUp);
  }
}

/** One fetch: a PROXY header where the site wants one, TLS, a request, and what comes until the site ends it. */
class Fetching {
  readonly result: Promise<PageAnswer>;
  readonly #name: string;
  readonly #preface: Uint8Array | null;
  #resolve: (answer: PageAnswer) => void = () => {};
  #bytes: Uint8Array = new Uint8Array(0);
  #socket: Socket<undefined> | null = null;

  constructor(name: string, preface: Uint8Array | null) {
    this.#name = name;
    this.#preface = preface;
    this.result = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  readonly plain: SocketHandler<undefined> = {
    open: (socket) => {
      this.#socket = socket;
      if (this.#preface !== null) socket.write(this.#preface);
      const tls = { serverName: this.#name, rejectUnauthorized: false };
      socket.upgradeTLS<undefined>({ data: undefined, tls, socket: this.#secured });
    },
    data: () => {},
    close: () => this.end(false),
    error: () => this.end(false),
  };

  readonly #secured: SocketHandler<undefined> = {
    handshake: (socket) => {
      const agent = 'Accept: text/html\r\nUser-Agent: Mozilla/5.0\r\nConnection: close';
      socket.write(utf8(`GET / HTTP/1.1\r\nHost: ${this.#name}\r\n${agent}\r\n\r\n`));
    },
    data: (_socket, chunk) => {
      this.#bytes = concat(this.#bytes, chunk);
      if (this.#bytes.length >= MAX_PAGE_BYTES) this.end(true);
    },
    end: () => this.end(true),
    close: () => this.end(true),
    error: () => this.end(false),
  };

  /** @param isWhole nothing is missing of what is compared */
  end(isWhole: boolean): void {
    this.#resolve(isWhole ? pageOf(this.#bytes.subarray(0, MAX_PAGE_BYTES), this.#name) : NONE);
    this.#socket?.terminate();
    this.#socket = null;
  }
}

/** The status, and a digest of where it leads to and what it shows, without the name that was asked for. */
function pageOf(bytes: Uint8Array, name: string): PageAnswer {
  const text = latin1(bytes);
  const status = STATUS.exec(text)?.[1];
  const headEnd = text.indexOf(HEAD_END);
  if (status === undefined || headEnd < 0) return NONE;
  const location = /^location:.*$/im.exec(text.slice(0, headEnd))?.[0] ?? '';
  const shown = `${location}\n${text.slice(headEnd)}`.replaceAll(name, '');
  return { kind: 'page', status, digest: hex(new Bun.CryptoHasher('sha256').update(shown).digest()) };
}
