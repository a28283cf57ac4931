import type { Permit } from '../../proxy/admission.ts';
import { type Place, then } from '../../proxy/gate.ts';
import type { LocalGate } from '../../proxy/local-gate.ts';
import type { StrangerReason } from '../../proxy/outcome.ts';
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
  #isClosed = false;

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
    this.#isClosed = true;
    for (const id of [...this.#held.keys()]) this.#release(id);
  }

  #enter({ id, ip }: ReportOf<'enter'>): void {
    void then(this.#parts.gate.enter(ip), (place) => this.#entered(id, place));
  }

  #entered(id: number, place: Place | 'full'): void {
    if (place !== 'full') this.#hold(id, place);
    const answer = place === 'full' ? 'full' : place.isCrowded ? 'crowded' : 'free';
    this.#parts.answer({ kind: 'entered', id, answer });
  }

  #admit({ id, name, ip, handshake }: ReportOf<'admit'>): void {
    const { gate, roster } = this.#parts;
    const user = roster.get(name);
    const admitting = user === null ? 'user-disabled' : gate.admit({ user, ip, ...handshake }); // null: removed meanwhile
    void then(admitting, (permit) => this.#admitted(id, permit));
  }

  #admitted(id: number, permit: Permit | StrangerReason): void {
    const isIn = typeof permit !== 'string';
    if (isIn) this.#hold(id, permit);
    this.#parts.answer({ kind: 'admitted', id, answer: isIn ? 'free' : permit });
    if (isIn) this.#parts.onChange(permit.user);
  }

  /** Where room had to be made, the worker may be gone by now. */
  #hold(id: number, granted: Place | Permit): void {
    if (this.#isClosed) granted.release();
    else this.#held.set(id, granted);
  }

  #release(id: number): void {
    const held = this.#held.get(id);
    if (held === undefined) return;
    this.#held.delete(id);
    held.release();
    if (held.user !== undefined) this.#parts.onChange(held.user);
  }
}
