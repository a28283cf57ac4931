import type { LocalGate } from '../../proxy/local-gate.ts';
import type { Roster } from '../../proxy/roster.ts';
import type { User } from '../../proxy/user.ts';
import type { Order, ReportOf } from './messages.ts';

export interface DeskParts {
  readonly gate: LocalGate;
  readonly roster: Roster;
  readonly answer: (order: Order) => void;
  /** How many sessions a user has in all has changed. */
  readonly onChange: (user: User) => void;
}

/** Asks the gate on behalf of one worker, and holds what that worker was granted. */
export class Desk {
  readonly #parts: DeskParts;
  readonly #held = new Map<number, { release(): void; readonly user?: User }>();

  constructor(parts: DeskParts) {
    this.#parts = parts;
  }

  serve(report: ReportOf<'enter' | 'admit' | 'release'>): void {
    switch (report.kind) {
      case 'enter':
        this.#enter(report);
        break;
      case 'admit':
        this.#admit(report);
        break;
      case 'release':
        this.#release(report.id);
    }
  }

  /** The worker is gone: gives back everything it held. */
  clear(): void {
    for (const id of [...this.#held.keys()]) this.#release(id);
  }

  #enter({ id, ip }: ReportOf<'enter'>): void {
    const place = this.#parts.gate.enter(ip);
    if (place !== 'full') this.#held.set(id, place);
    const answer = place === 'full' ? 'full' : place.isCrowded ? 'crowded' : 'free';
    this.#parts.answer({ kind: 'entered', id, answer });
  }

  #admit({ id, name, ip, handshake }: ReportOf<'admit'>): void {
    const { gate, roster, answer, onChange } = this.#parts;
    const user = roster.get(name);
    const permit = user === null ? 'user-disabled' : gate.admit({ user, ip, ...handshake }); // null: removed meanwhile
    if (typeof permit === 'string') {
      answer({ kind: 'admitted', id, answer: permit });
      return;
    }
    this.#held.set(id, permit);
    answer({ kind: 'admitted', id, answer: 'free' });
    onChange(permit.user);
  }

  #release(id: number): void {
    const held = this.#held.get(id);
    if (held === undefined) return;
    this.#held.delete(id);
    held.release();
    if (held.user !== undefined) this.#parts.onChange(held.user);
  }
}
