import type { ClientHello } from '../wire/tls/client-hello.ts';
import { HelloDigest } from '../wire/tls/hello-digest.ts';
import type { Roster } from './roster.ts';
import type { User } from './user.ts';
import { UserTurns } from './user-turns.ts';

/** Hellos of Telegram clients have at least and at most so many bytes, over all versions and names. */
const LEAST_HELLO_BYTES = 500;
const MOST_HELLO_BYTES = 2_300;
/** Scanners ask for any name, and a search costs up to 2 us a user: one at a time, and each over so many users at most. */
const SEARCH_EVERY_MS = 1_000;
const MOST_USERS = 1_000;

/**
 * Finds out whether somebody who asks for a name that is not ours knows a secret: a client with a link from before the domain was
 * changed. It changes nothing for that client, and is looked at only once it is on its way to the site, so that nobody can tell.
 */
export class OtherDomains {
  readonly #turns: UserTurns;
  readonly #onFound: (serverName: string, user: User) => void;
  readonly #now: () => number;
  #nextAtMs = Number.NEGATIVE_INFINITY;

  /** @param now milliseconds of a clock that only goes forward */
  constructor(roster: Roster, onFound: (serverName: string, user: User) => void, now = () => performance.now()) {
    this.#turns = new UserTurns(roster, MOST_USERS);
    this.#onFound = onFound;
    this.#now = now;
  }

  /** @param hello with a server name that is not ours */
  look({ record, serverName }: ClientHello): void {
    const now = this.#now();
    if (serverName === null || now < this.#nextAtMs) return;
    if (record.length < LEAST_HELLO_BYTES || record.length > MOST_HELLO_BYTES) return;
    this.#nextAtMs = now + SEARCH_EVERY_MS;
    const digest = new HelloDigest(record);
    setImmediate(() => this.#search(digest, serverName));
  }

  #search(digest: HelloDigest, serverName: string): void {
    const user = this.#turns.find(({ terms }) => digest.timestampFor(terms.key) !== null);
    if (user !== null) this.#onFound(serverName, user);
  }
}
