import { networkOf } from '../../kit/address.ts';
import { Permit } from '../../proxy/admission.ts';
import type { Answer, Gate, Place, Request } from '../../proxy/gate.ts';
import type { StrangerReason } from '../../proxy/outcome.ts';
import type { User } from '../../proxy/user.ts';
import type { OrderOf, Report } from './messages.ts';

/** The supervisor answers in less than a millisecond. Where it doesn't in this time, clients are treated as strangers. */
export const ANSWER_LIMIT_MS = 2_000;
const LOOK_MS = 250;
/** Questions that may be under way, those given up included: beyond that nothing is asked, so that they can't pile up. */
const MAX_UNANSWERED = 16_384;

type Verdict = OrderOf<'entered'>['answer'] | OrderOf<'admitted'>['answer'];

interface Question {
  readonly user: User | null;
  readonly askedAtMs: number;
  readonly settle: (verdict: Verdict) => void;
}

export interface RemoteGateParts {
  readonly post: (report: Report) => void;
  /** How many sessions a user has here has changed. */
  readonly onChange: (user: User) => void;
  /** Places are limited: else nobody asks for one. */
  readonly asksPlaces: () => boolean;
  readonly answerLimitMs?: number;
}

/** The gate of a worker: asks the process that decides. */
export class RemoteGate implements Gate {
  readonly #parts: RemoteGateParts;
  readonly #questions = new Map<number, Question>();
  readonly #timer: Timer;
  /** Places that nobody was asked for. */
  readonly #unasked = new Set<RemotePlace>();
  #lastId = 0;
  #unanswered = 0;

  constructor(parts: RemoteGateParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => this.#giveUpOld(), Math.min(LOOK_MS, this.#answerLimitMs));
    this.#timer.unref();
  }

  enter(ip: string): Answer<Place | 'full' | 'undecided'> {
    if (this.#parts.asksPlaces()) return this.#enterAsking(ip);
    const place = new RemotePlace(ip, false, (released) => this.#release(released));
    this.#unasked.add(place);
    return place;
  }

  async admit({ user, ip, kind, digest }: Request): Promise<Permit | StrangerReason> {
    const { name } = user.terms;
    const { id, verdict } = this.#ask(user, (id) => ({ kind: 'admit', id, name, ip, handshake: { kind, digest } }));
    const answer = await verdict;
    if (answer === 'crowded' || answer === 'full') return 'undecided'; // no answer to this question
    if (answer !== 'free') return answer;
    const { post, onChange } = this.#parts;
    const permit = new Permit(user, networkOf(ip), () => {
      post({ kind: 'release', id });
      onChange(user);
    });
    onChange(user);
    return permit;
  }

  /** Takes an answer. One that comes too late is given back. */
  take({ id, answer }: OrderOf<'entered'> | OrderOf<'admitted'>): void {
    this.#unanswered -= 1;
    const question = this.#questions.get(id);
    this.#questions.delete(id);
    if (question !== undefined) question.settle(answer);
    else if (answer === 'free' || answer === 'crowded') this.#parts.post({ kind: 'release', id });
  }

  /** Where places have become limited, asks for those that were taken without a question. They stay, whatever the answer is. */
  recount(): void {
    if (!this.#parts.asksPlaces()) return;
    for (const place of this.#unasked) place.id = this.#ask(null, (id) => ({ kind: 'enter', id, ip: place.ip })).id;
    this.#unasked.clear();
  }

  /** These users have to end: what was asked for them with their old terms is void. */
  withdraw(users: ReadonlySet<User>): void {
    for (const [id, { user }] of this.#questions)
      if (user !== null && users.has(user)) this.#giveUp(id, 'user-disabled');
  }

  close(): void {
    clearInterval(this.#timer);
  }

  get #answerLimitMs(): number {
    return this.#parts.answerLimitMs ?? ANSWER_LIMIT_MS;
  }

  #ask(user: User | null, question: (id: number) => Report): { id: number; verdict: Promise<Verdict> } {
    this.#lastId += 1;
    const id = this.#lastId;
    if (this.#unanswered >= MAX_UNANSWERED) return { id, verdict: Promise.resolve('undecided') };
    this.#unanswered += 1;
    const verdict = new Promise<Verdict>((settle) => {
      this.#questions.set(id, { user, askedAtMs: performance.now(), settle });
    });
    this.#parts.post(question(id));
    return { id, verdict };
  }

  async #enterAsking(ip: string): Promise<Place | 'full' | 'undecided'> {
    const { id, verdict } = this.#ask(null, (id) => ({ kind: 'enter', id, ip }));
    const answer = await verdict;
    if (answer === 'full') return 'full';
    if (answer !== 'free' && answer !== 'crowded') return 'undecided';
    const place = new RemotePlace(ip, answer === 'crowded', (released) => this.#release(released));
    place.id = id;
    return place;
  }

  #release(place: RemotePlace): void {
    this.#unasked.delete(place);
    if (place.id !== null) this.#parts.post({ kind: 'release', id: place.id });
  }

  /** Questions stand in the order in which they were asked. */
  #giveUpOld(): void {
    const oldest = performance.now() - this.#answerLimitMs;
    for (const [id, { askedAtMs }] of this.#questions) {
      if (askedAtMs > oldest) return;
      this.#giveUp(id, 'undecided');
    }
  }

  #giveUp(id: number, verdict: Verdict): void {
    this.#questions.get(id)?.settle(verdict);
    this.#questions.delete(id);
  }
}

class RemotePlace implements Place {
  readonly ip: string;
  readonly isCrowded: boolean;
  /** Of the question by which it was granted; null: there was none. */
  id: number | null = null;
  #onRelease: ((place: RemotePlace) => void) | null;

  constructor(ip: string, isCrowded: boolean, onRelease: (place: RemotePlace) => void) {
    this.ip = ip;
    this.isCrowded = isCrowded;
    this.#onRelease = onRelease;
  }

  release(): void {
    this.#onRelease?.(this);
    this.#onRelease = null;
  }
}
