import type { Conn, Consumer } from '../net/conn.ts';
import { type Endpoint, endpointText } from '../net/endpoint.ts';
import { SHORT_LIFE_MS, Shelf } from './shelf.ts';

/** A data centre counts as in use for so long after its last dial; then its opened-ahead connections are closed. */
const RECENT_USE_MS = 5 * 60_000;
/** Telegram closes silent connections after a while; ours are renewed before that. */
const MAX_AGE_MS = 45_000;
/** How often ages and needs are looked at. */
const UPKEEP_MS = 1_000;

/** An open connection, and the address that accepted it. */
export interface Opened {
  readonly conn: Conn;
  readonly address: Endpoint;
}

export interface PoolParts {
  /** How many may stand ready for a data centre at this time; 0: none are opened. */
  readonly limit: () => number;
  /** Makes one connection, or null when it can't. */
  readonly open: (dc: number) => Promise<Opened | null>;
  /** Told of an address that speaks before it is asked. */
  readonly onSpoke: (dc: number, address: Endpoint) => void;
}

/**
 * Connections to data centres opened ahead of need: a session that finds one saves a round trip. Only for data
 * centres in recent use, at most `limit` for each, and never one that has already died.
 */
export class Pool {
  readonly #parts: PoolParts;
  readonly #shelves = new Map<number, Shelf>();
  readonly #watch: Consumer;
  #timer: Timer | null = null;
  #isClosed = false;

  constructor(parts: PoolParts) {
    this.#parts = parts;
    // A data centre says nothing before our header: bytes, FIN or the end all mean that it can't be used.
    const spoil = (conn: Conn) => this.#spoil(conn, false);
    this.#watch = {
      onBytes: (conn) => this.#spoil(conn, true),
      onEnd: spoil,
      onWritable: () => {},
      onClosed: spoil,
    };
  }

  /** How many connections stand ready, by data centre. */
  ready(): Record<string, number> {
    return Object.fromEntries([...this.#shelves].map(([dc, shelf]) => [dc, shelf.ready.length]));
  }

  /** Data centres in use. */
  get size(): number {
    return this.#shelves.size;
  }

  /** Closes what stands ready beyond the limit, the oldest first. */
  trim(): void {
    const limit = this.#parts.limit();
    for (const { ready } of this.#shelves.values()) {
      if (ready.length > limit) for (const { conn } of ready.splice(0, ready.length - limit)) conn.close();
    }
  }

  /** Takes a ready connection (the youngest), or null; notes that this data centre is in use either way. */
  take(dc: number): Opened | null {
    if (this.#isClosed) return null;
    const now = performance.now();
    const shelf = this.#shelfOf(dc);
    shelf.note(now);
    this.#timer ??= setInterval(() => this.#upkeep(), UPKEEP_MS);
    const taken = shelf.ready.pop() ?? null;
    this.#refill(dc, shelf, now);
    return taken;
  }

  /** Closes what stands ready at an address. @param number of the data centre: its media id is meant too */
  drop(number: number, address: string): void {
    for (const [dc, { ready }] of this.#shelves) {
      if (Math.abs(dc) !== number) continue;
      for (const one of ready.filter((one) => endpointText(one.address) === address)) {
        ready.splice(ready.indexOf(one), 1);
        one.conn.close();
      }
    }
  }

  /** Closes everything and opens nothing more. */
  close(): void {
    this.#isClosed = true;
    if (this.#timer !== null) clearInterval(this.#timer);
    for (const shelf of this.#shelves.values()) for (const { conn } of shelf.ready.splice(0)) conn.close();
    this.#shelves.clear();
  }

  #shelfOf(dc: number): Shelf {
    let shelf = this.#shelves.get(dc);
    if (shelf === undefined) {
      shelf = new Shelf();
      this.#shelves.set(dc, shelf);
    }
    return shelf;
  }

  #spoil(conn: Conn, hasSpoken: boolean): void {
    for (const [dc, shelf] of this.#shelves) {
      const index = shelf.ready.findIndex((ready) => ready.conn === conn);
      const [spoiled] = index < 0 ? [] : shelf.ready.splice(index, 1);
      if (spoiled === undefined) continue;
      const now = performance.now();
      if (now - spoiled.openedAtMs < SHORT_LIFE_MS) shelf.failed(now);
      if (hasSpoken) this.#parts.onSpoke(dc, spoiled.address);
    }
    conn.close();
  }

  #upkeep(): void {
    const now = performance.now();
    const limit = this.#parts.limit();
    for (const [dc, shelf] of this.#shelves) {
      const isInUse = now - shelf.lastUseMs < RECENT_USE_MS;
      for (let [oldest] = shelf.ready; oldest !== undefined; [oldest] = shelf.ready) {
        if (isInUse && shelf.ready.length <= limit && now - oldest.openedAtMs <= MAX_AGE_MS) break;
        shelf.ready.shift();
        oldest.conn.close();
      }
      if (isInUse) this.#refill(dc, shelf, now);
      else if (shelf.opening === 0) this.#shelves.delete(dc);
    }
    if (this.#shelves.size === 0 && this.#timer !== null) {
      clearInterval(this.#timer);
      this.#timer = null;
    }
  }

  #refill(dc: number, shelf: Shelf, now: number): void {
    for (let missing = shelf.missing(this.#parts.limit(), now); missing > 0; missing -= 1) {
      void this.#openOne(dc, shelf);
    }
  }

  async #openOne(dc: number, shelf: Shelf): Promise<void> {
    shelf.opening += 1;
    const opened = await this.#open(dc);
    shelf.opening -= 1;
    const now = performance.now();
    if (opened === null) return shelf.failed(now);
    if (this.#isClosed || shelf.ready.length >= this.#parts.limit()) return opened.conn.close();
    shelf.keep({ ...opened, openedAtMs: now });
    opened.conn.attach(this.#watch); // what it has said or done by now is told at once
  }

  /** Whatever is thrown is a failure like any other: the shelf has to know that one is no longer being opened. */
  async #open(dc: number): Promise<Opened | null> {
    try {
      return await this.#parts.open(dc);
    } catch {
      return null;
    }
  }
}
