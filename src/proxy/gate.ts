import type { Permit } from './admission.ts';
import type { StrangerReason } from './outcome.ts';
import type { User } from './user.ts';

/** At once where this process decides itself; later where it asks another one. */
export type Answer<T> = T | Promise<T>;

/** Goes on with an answer when it is there: without a wait where it is there at once. */
export function then<A, B>(answer: Answer<A>, next: (value: A) => Answer<B>): Answer<B> {
  return answer instanceof Promise ? answer.then(next) : next(answer);
}

/** What a handshake is known by when it comes again. */
export interface Handshake {
  readonly kind: 'hello' | 'header';
  /** 16 bytes that whoever replays the handshake can't change, one character each. */
  readonly digest: string;
}

/** A user that has proved its secret and wants one more session. */
export interface Request extends Handshake {
  readonly user: User;
  readonly ip: string;
}

/** A session's place among all sessions and among those of its network; given back once. */
export interface Place {
  /** Its network has more sessions than it may. */
  readonly isCrowded: boolean;
  release(): void;
}

/** What the gate holds all sessions to; 0: no limit. */
export interface EntryLimits {
  readonly maxConnections: number;
  /** Of one network. */
  readonly maxConnectionsPerIp: number;
}

/** Ends what can be spared, so that somebody else finds a place. */
export interface Room {
  /**
   * So many that have proved nothing have to go: of this address's network, or with null whoever can best be spared.
   * @returns whether they did; when there are fewer of them nobody has to
   */
  clearPlaces(ip: string | null, count: number): Answer<boolean>;
  /**
   * The user is at a limit and comes once more, from this network: sessions of its own that say nothing, or whose client does not
   * answer, give way.
   * @returns whether there is room now
   */
  clearSeat(user: User, network: string): Answer<boolean>;
}

/**
 * Decides who may come in. Whatever the number of processes, one place decides: each question checks and takes in
 * one step, so that two sessions can't share the last place. 'undecided': no answer came in time.
 */
export interface Gate {
  /** A connection has come, and its client's address is known. */
  enter(ip: string): Answer<Place | 'full' | 'undecided'>;
  /** Its client has proved a secret: claims the handshake's digest, then the user's limits. */
  admit(request: Request): Answer<Permit | StrangerReason>;
}
