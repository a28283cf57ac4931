import { BufferBudget } from './buffer-budget.ts';
import { BufferRule } from './buffer-sizes.ts';
import type { Policy } from './policy.ts';
import { type Level, levelAfter, type MemoryPlace, type MemoryUse } from './pressure.ts';

/** Connections kept ready for each data centre while memory is tight. */
const TIGHT_POOL = 2;
/** Sessions closed at one look while memory is critical: this part of all that stand, at least the second figure. */
const CLOSED_SHARE = 1 / 32;
const LEAST_CLOSED = 8;

/**
 * Keeps the process inside its memory: decides the level from figures it is told, and what each level means for
 * buffers, connections opened ahead and sessions. Reads no clock and no file.
 *
 *   normal    buffers grow for sessions that move bulk, inside one budget
 *   tight     low buffers for new and for standing sessions, small pools
 *   critical  also no new sessions, and the longest quiet ones are closed
 */
export class Governor {
  level: Level = 'normal';
  /** The figures of the place that is nearest to its end: ours, what we may come to, what others hold. */
  place: MemoryPlace = 'host';
  usedBytes = 0;
  limitBytes = 0;
  othersBytes = 0;
  readonly budget: BufferBudget;
  /** The largest size that a buffer grows to. */
  readonly mostBufferBytes: number;
  /** Sessions refused, and quiet ones closed, for want of memory. */
  refused = 0;
  closedIdle = 0;
  #rule: BufferRule | null = null;

  constructor(limits: { readonly bufferBudgetBytes: number; readonly mostBufferBytes: number }) {
    this.budget = new BufferBudget(limits.bufferBudgetBytes);
    this.mostBufferBytes = limits.mostBufferBytes;
  }

  /**
   * Takes figures in.
   * @param growthBytes what grown buffers may hold as memory is now; absent: as much as at the start
   * @returns whether the level is another one now
   */
  observe(use: MemoryUse, growthBytes = Number.POSITIVE_INFINITY): boolean {
    this.place = use.place ?? 'host';
    this.usedBytes = use.usedBytes;
    this.limitBytes = use.limitBytes;
    this.othersBytes = use.othersBytes ?? 0;
    this.budget.shrinkTo(growthBytes);
    const before = this.level;
    this.level = this.levelAt(use);
    return this.level !== before;
  }

  /** The level that such figures would lead to. */
  levelAt(use: MemoryUse): Level {
    return levelAfter(this.level, use);
  }

  /** Whether one more session may begin. */
  admits(): boolean {
    if (this.level !== 'critical') return true;
    this.refused += 1;
    return false;
  }

  /** How many connections may stand ready for a data centre. @param size as configured */
  poolLimit(size: number): number {
    if (this.level === 'critical') return 0;
    return this.level === 'tight' ? Math.min(TIGHT_POOL, size) : size;
  }

  /** The buffer sizes that follow from the configuration; made anew when that has changed. */
  ruleOf(limits: Policy['limits']): BufferRule {
    if (this.#rule?.limits !== limits) this.#rule = new BufferRule(limits);
    return this.#rule;
  }

  /** How many quiet sessions are to be closed now. */
  excess(sessions: number): number {
    return this.level === 'critical' ? Math.max(LEAST_CLOSED, Math.ceil(sessions * CLOSED_SHARE)) : 0;
  }
}
