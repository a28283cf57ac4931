import type { Permit } from './admission.ts';
import type { StrangerReason } from './outcome.ts';
import type { User } from './user.ts';

/** At once where this process decides itself; later where it asks another one. */
export type Answer<T> = T | Promise<T>;

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
