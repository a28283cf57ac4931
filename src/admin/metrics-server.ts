import { hostPort } from '../kit/address.ts';
import { type Cidr, cidrContains, parseIp } from '../kit/ip.ts';
import type { Log } from '../kit/log.ts';
import { Repeats } from '../kit/repeats.ts';
import type { Conn } from '../net/conn.ts';
import { Listener } from '../net/listen.ts';
import { portOwner } from '../net/port-owner.ts';
import { metricsText } from './metrics-text.ts';
import { type ScrapeLimits, serveScrape } from './scrape/serve-scrape.ts';
import type { Snapshot } from './snapshot.ts';

export interface MetricsServerOptions {
  readonly listen: { readonly host: string; readonly port: number };
  readonly allow: readonly Cidr[];
  /** From this descriptor number on accepting pauses. */
  readonly descriptorCeiling: number;
  readonly snapshot: () => Snapshot | Promise<Snapshot>;
  readonly limits?: ScrapeLimits;
}

/** A scrape has one; more than a few are a mistake. */
export const MAX_SCRAPES_AT_ONCE = 16;
const LIMITS: ScrapeLimits = { headMs: 5_000, replyMs: 10_000 };

/** Serves GET /metrics to the addresses of `allow`; every other address is closed as it is accepted, without a byte. */
export class MetricsServer {
  readonly #options: MetricsServerOptions;
  readonly #log: Log;
  readonly #listener: Listener;
  readonly #scrapes = new Set<Conn>();
  readonly #repeats = new Repeats();

  /** @throws the runtime's error with a `code` when the address can't be had */
  constructor(options: MetricsServerOptions, log: Log) {
    this.#options = options;
    this.#log = log;
    this.#listener = new Listener({
      address: options.listen,
      reusePort: false,
      descriptorCeiling: options.descriptorCeiling,
      onConnection: (conn) => this.#accept(conn),
      onPause: () => {}, // the proxy's own listeners pause too, and tell it
    });
  }

  get port(): number {
    return this.#listener.port;
  }

  /** Closes everything, scrapes under way too. */
  stop(): void {
    this.#listener.stop();
    for (const conn of this.#scrapes) conn.reset();
  }

  #accept(conn: Conn): void {
    const reason = this.#refusal(conn.remote.ip);
    if (reason === null) {
      void this.#serve(conn);
      return;
    }
    this.#tell(reason, conn.remote.ip);
    conn.close();
  }

  #refusal(ip: string): string | null {
    const address = parseIp(ip);
    const isAllowed = address !== null && this.#options.allow.some((range) => cidrContains(range, address));
    if (!isAllowed) return 'its address is not in metrics.allow';
    return this.#scrapes.size < MAX_SCRAPES_AT_ONCE ? null : `${MAX_SCRAPES_AT_ONCE} scrapes are under way`;
  }

  async #serve(conn: Conn): Promise<void> {
    this.#scrapes.add(conn);
    try {
      await serveScrape(conn, async () => metricsText(await this.#options.snapshot()), this.#options.limits ?? LIMITS);
    } catch (fault) {
      this.#log.error('a scrape failed by a fault of ours', { fault: String(fault) });
      conn.reset();
    } finally {
      this.#scrapes.delete(conn);
    }
  }

  #tell(reason: string, ip: string): void {
    const times = this.#repeats.count('refused');
    if (times !== null) this.#log.info('a connection to the metrics was refused', { ip, reason, times });
  }
}

const LISTEN_FAILURES: Record<string, string> = {
  EACCES: 'not permitted: ports below 1024 need root or the capability NET_BIND_SERVICE',
  EADDRNOTAVAIL: 'this machine does not have that address',
};

/**
 * Serves metrics; where the address can't be had the proxy serves without them and says so.
 *
 * @returns ends it
 */
export function openMetricsServer(options: MetricsServerOptions, log: Log): () => void {
  const address = hostPort(options.listen.host, options.listen.port);
  try {
    const server = new MetricsServer(options, log);
    log.info('metrics are served', { address: `http://${address}/metrics` });
    return () => server.stop();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    log.warn('metrics cannot be served (metrics.listen): the proxy serves without them', {
      address,
      reason: code === 'EADDRINUSE' ? takenText(options.listen.port) : (LISTEN_FAILURES[code] ?? String(error)),
    });
    return () => {};
  }
}

function takenText(port: number): string {
  const owner = portOwner(port);
  const taker = owner === null ? 'another process' : `${owner.name} (process ${owner.pid})`;
  return `port ${port} is taken by ${taker}: choose another one (METRICS_PORT)`;
}
