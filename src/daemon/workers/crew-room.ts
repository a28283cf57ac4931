import type { Room } from '../../proxy/gate.ts';
import { SILENCE_MS, shortageOf, whoGivesWay } from '../../proxy/give-way.ts';
import type { LocalStanding } from '../../proxy/local-room.ts';
import type { User } from '../../proxy/user.ts';
import type { Order, ReportOf } from './messages.ts';

/** A worker answers in a millisecond or two; without an answer in this time nobody's session is ended for another. */
const ANSWER_LIMIT_MS = 500;
/** Sessions of one user that may wait for room at once. */
const MOST_IN_LINE = 32;

/** A worker, as far as it is asked to make room. */
export interface Teammate {
  post(order: Order): void;
}

type Answer = ReportOf<'counted' | 'present'>;

/** A session, and whose it is. */
interface Candidate extends LocalStanding {
  readonly worker: Teammate;
}

/** Makes room where the sessions are in several processes: asks the workers how they are, chooses over all of them, and waits until it is done. */
export class CrewRoom implements Room {
  readonly #workers: () => readonly Teammate[];
  readonly #silenceMs: number;
  readonly #answers = new Map<number, (answer: Answer | null) => void>();
  /** Of each user who is being made room for the last in line, and how many there are: one after the other, so that each finds another session. */
  readonly #lines = new Map<User, { last: Promise<boolean>; length: number }>();
  #lastId = 0;

  /**
   * @param workers those that have most connections that have proved nothing first
   * @param silenceMs after so long without a byte a session may give way
   */
  constructor(workers: () => readonly Teammate[], silenceMs = SILENCE_MS) {
    this.#workers = workers;
    this.#silenceMs = silenceMs;
  }

  async clearPlaces(ip: string | null, count: number): Promise<boolean> {
    const from = ip ?? '';
    if (count > 1 && (await this.#countUnproved(from)) < count) return false; // one is there, or is not
    let missing = count;
    for (const worker of this.#workers()) {
      const answer = await this.#ask(worker, (id) => ({ kind: 'displace', id, ip: from, count: missing }));
      if (answer?.kind === 'counted') missing -= answer.count;
      if (missing <= 0) return true;
    }
    return false;
  }

  async clearSeat(user: User, network: string): Promise<boolean> {
    const line = this.#lines.get(user) ?? { last: Promise.resolve(true), length: 0 };
    if (line.length >= MOST_IN_LINE) return false;
    line.length += 1;
    line.last = line.last.then(() => this.#clearSeat(user, network));
    this.#lines.set(user, line);
    const isClear = await line.last;
    line.length -= 1;
    if (line.length === 0) this.#lines.delete(user);
    return isClear;
  }

  /** Takes a worker's answer. One that comes too late is for nobody. */
  take(answer: Answer): void {
    this.#answers.get(answer.id)?.(answer);
  }

  async #countUnproved(ip: string): Promise<number> {
    const asking = this.#workers().map((worker) => this.#ask(worker, (id) => ({ kind: 'count-unproved', id, ip })));
    const answers = await Promise.all(asking);
    return answers.reduce((sum, answer) => sum + (answer?.kind === 'counted' ? answer.count : 0), 0);
  }

  async #clearSeat(user: User, network: string): Promise<boolean> {
    const workers = this.#workers();
    const answers = await Promise.all(workers.map((worker) => this.#standing(worker, user)));
    const all = answers.flatMap((standing) => standing ?? []);
    if (answers.includes(null)) return false; // of all of them another one may be the most silent
    // Only now: while they were asked another one of this user may have come in.
    const going = whoGivesWay(all, shortageOf(user, network), this.#silenceMs);
    if (going === null) return false;
    const byWorker = Map.groupBy(going, ({ worker }) => worker);
    await Promise.all(
      [...byWorker].map(([worker, theirs]) => {
        const sessions = theirs.map(({ id }) => id);
        return this.#ask(worker, (id) => ({ kind: 'supersede', id, sessions }));
      }),
    );
    return true;
  }

  async #standing(worker: Teammate, user: User): Promise<Candidate[] | null> {
    const answer = await this.#ask(worker, (id) => ({ kind: 'roll-call', id, name: user.terms.name }));
    return answer?.kind === 'present' ? answer.sessions.map((session) => ({ ...session, worker })) : null;
  }

  #ask(worker: Teammate, order: (id: number) => Order): Promise<Answer | null> {
    this.#lastId += 1;
    const id = this.#lastId;
    const { promise, resolve } = Promise.withResolvers<Answer | null>();
    const timer = setTimeout(() => settle(null), ANSWER_LIMIT_MS);
    const settle = (answer: Answer | null) => {
      clearTimeout(timer);
      this.#answers.delete(id);
      resolve(answer);
    };
    this.#answers.set(id, settle);
    worker.post(order(id));
    return promise;
  }
}
