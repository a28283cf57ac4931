import { PLACE_NAMES } from '../admin/place-names.ts';
import type { Log } from '../kit/log.ts';
import { Repeats } from '../kit/repeats.ts';
import type { Governor } from '../proxy/governor.ts';
import { isHeldByOthers, type Level } from '../proxy/pressure.ts';
import type { SessionTable } from '../proxy/session-table.ts';
import type { MemoryReading } from './memory.ts';

/** Two gigabits a second, all of it staying in memory: at this rate the next look is due. */
const FILL_BYTES_PER_MS = 250_000;
const LEAST_LOOK_MS = 50;
const MOST_LOOK_MS = 1_000;
/** A collection stops everything for some 5 us a session; there is little to find sooner. */
const COLLECT_EVERY_MS = 10_000;
const MB = 1024 * 1024;

const RANKS: readonly Level[] = ['normal', 'tight', 'critical'];
const MESSAGES: Readonly<Record<Level, { readonly ours: string; readonly others: string }>> = {
  normal: { ours: 'memory is no longer short', others: 'memory is no longer short' },
  tight: {
    ours: 'memory is getting short: sessions have small buffers',
    others: 'memory is getting short, most of it is held by other programs: sessions have small buffers',
  },
  critical: {
    ours: 'memory is nearly used up: new sessions are refused, the longest quiet ones are closed',
    others:
      'memory is nearly used up, most of it is held by other programs: new sessions are refused, the longest quiet ones are closed',
  },
};

export interface MemoryWatchParts {
  readonly governor: Governor;
  readonly sessions: SessionTable;
  readonly log: Log;
  readonly read: () => MemoryReading;
  /** Frees memory that only waits for a collection. */
  readonly collect: () => void;
}

/** Tells the governor how memory is, and does at once what it decides. */
export class MemoryWatch {
  readonly #parts: MemoryWatchParts;
  #timer: Timer | null = null;
  #collectedAtMs = Number.NEGATIVE_INFINITY;
  /** Under a lasting rush the level goes up and down. */
  readonly #repeats = new Repeats();

  constructor(parts: MemoryWatchParts) {
    this.#parts = parts;
    this.#look();
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #look(): void {
    const { governor, sessions, read } = this.#parts;
    const now = performance.now();
    let reading = read();
    const isCollecting = this.#isWorthCollecting(reading, now);
    if (isCollecting) {
      this.#collectedAtMs = now;
      this.#parts.collect();
      reading = read();
    }
    if (governor.observe(reading, reading.growthBytes)) {
      sessions.sweepBuffers();
      this.#tell(reading);
    }
    // Much of what a collection frees shows a moment later: sessions are closed for what is missing then.
    if (!isCollecting) governor.closedIdle += sessions.abortQuietest(governor.excess(sessions.size));
    this.#timer = setTimeout(() => this.#look(), lookAfterMs(reading));
    this.#timer.unref();
  }

  /** Before anything is taken from sessions. */
  #isWorthCollecting(reading: MemoryReading, now: number): boolean {
    const { governor } = this.#parts;
    const next = governor.levelAt(reading);
    const isWorse = RANKS.indexOf(next) > RANKS.indexOf(governor.level);
    return (isWorse || next === 'critical') && now - this.#collectedAtMs >= COLLECT_EVERY_MS;
  }

  #tell(reading: MemoryReading): void {
    const { governor, sessions, log } = this.#parts;
    const { place = 'host', usedBytes, limitBytes, othersBytes = 0 } = reading;
    if (this.#repeats.count(governor.level) === null) return;
    const whose = isHeldByOthers(reading) ? 'others' : 'ours';
    log[governor.level === 'normal' ? 'info' : 'warn'](MESSAGES[governor.level][whose], {
      usedMb: Math.round(usedBytes / MB),
      limitMb: Math.round(limitBytes / MB),
      othersMb: Math.round(othersBytes / MB),
      of: PLACE_NAMES[place],
      sessions: sessions.size,
      buffersMb: Math.round(governor.budget.chargedBytes / MB),
      refused: governor.refused,
      closedIdle: governor.closedIdle,
    });
  }
}

/** So soon that a quick filling is seen half-way. */
function lookAfterMs({ usedBytes, limitBytes, leftBytes = limitBytes - usedBytes }: MemoryReading): number {
  const halfwayMs = leftBytes / 2 / FILL_BYTES_PER_MS;
  return Math.max(LEAST_LOOK_MS, Math.min(MOST_LOOK_MS, halfwayMs));
}
