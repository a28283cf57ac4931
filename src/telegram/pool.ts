import type { Conn, Consumer } from '../net/conn.ts';

/** A data centre counts as in use for so long after its last dial; then its opened-ahead connections are closed. */
const RECENT_USE_MS = 5 * 60_000;
/** Telegram closes silent connections after a while; ours are renewed before that. */
const MAX_AGE_MS = 45_000;
/** How often ages and needs are looked at. */
const UPKEEP_MS = 1_000;
/** As many connections are kept ready as were taken in this time. */
const DEMAND_WINDOW_MS = 10_000;
/** After a failed opening: the pause before the next, doubled up to the second figure. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

interface Ready {
  readonly conn: Conn;
  readonly openedAtMs: number;
}

class Shelf {
  readonly ready: Ready[] = [];
  opening = 0;
  lastUseMs = 0;
  /** Takes in the current and in the last demand window. */
  taken = 0;
  takenBefore = 0;
  windowStartMs = 0;
  pauseMs = 0;
  notBeforeMs = 0;

  /** Begins a new demand window when the current one is over. */
  enterWindow(now: number): void {
    if (now - this.windowStartMs <= DEMAND_WINDOW_MS) return;
    this.takenBefore = now - this.windowStartMs > 2 * DEMAND_WINDOW_MS ? 0 : this.taken;
    this.taken = 0;
    this.windowStartMs = now;
  }
}

/**
 * Connections to data centres opened ahead of need: a session that finds one saves a round trip. Only for data
 * centres in recent use, at most `limit` for each, and never one that has already died.
 */
export class Pool {
  readonly #limit: () => number;
  readonly #open: (dc: number) => Promise<Conn | null>;
  readonly #shelves = new Map<number, Shelf>();
  readonly #watch: Consumer;
  #timer: Timer | null = null;
  #isClosed = false;

  /**
   * @param limit how many may stand ready for a data centre at this time; 0: none are opened
   * @param open makes one connection, or null when it can't
   */
  constructor(limit: () => number, open: (dc: number) => Promise<Conn | null>) {
    this.#limit = limit;
    this.#open = open;
    // A data centre says nothing before our header: bytes, FIN or the end all mean that it can't be used.
    const drop = (conn: Conn) => this.#drop(conn);
    this.#watch = { onBytes: drop, onEnd: drop, onWritable: () => {}, onClosed: drop };
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
    const limit = this.#limit();
    for (const { ready } of this.#shelves.values()) {
      if (ready.length > limit) for (const { conn } of ready.splice(0, ready.length - limit)) conn.close();
    }
  }

  /** Takes a ready connection (the youngest), or null; notes that this data centre is in use either way. */
  take(dc: number): Conn | null {
    if (this.#isClosed) return null;
    const now = Date.now();
    const shelf = this.#shelfOf(dc);
    shelf.lastUseMs = now;
    shelf.enterWindow(now);
    shelf.taken += 1;
    this.#timer ??= setInterval(() => this.#upkeep(), UPKEEP_MS);
    const taken = shelf.ready.pop() ?? null;
    this.#refill(dc, shelf, now);
    return taken?.conn ?? null;
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

  #drop(conn: Conn): void {
    for (const shelf of this.#shelves.values()) {
      const index = shelf.ready.findIndex((ready) => ready.conn === conn);
      if (index >= 0) shelf.ready.splice(index, 1);
    }
    conn.close();
  }

  #upkeep(): void {
    const now = Date.now();
    const limit = this.#limit();
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
    if (now < shelf.notBeforeMs) return;
    shelf.enterWindow(now);
    const wanted = Math.min(this.#limit(), Math.max(1, shelf.taken, shelf.takenBefore));
    for (let missing = wanted - shelf.ready.length - shelf.opening; missing > 0; missing -= 1) {
      void this.#openOne(dc, shelf);
    }
  }

  async #openOne(dc: number, shelf: Shelf): Promise<void> {
    shelf.opening += 1;
    const conn = await this.#open(dc);
    shelf.opening -= 1;
    if (conn === null) {
      shelf.pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, shelf.pauseMs * 2));
      shelf.notBeforeMs = Date.now() + shelf.pauseMs;
      return;
    }
    shelf.pauseMs = 0;
    if (this.#isClosed || !conn.isOpen || shelf.ready.length >= this.#limit()) return conn.close();
    shelf.ready.push({ conn, openedAtMs: Date.now() });
    conn.attach(this.#watch);
  }
}
