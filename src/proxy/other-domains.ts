import type { ClientHello } from '../wire/tls/client-hello.ts';
import { HelloDigest } from '../wire/tls/hello-digest.ts';
import type { Roster } from './roster.ts';
import type { User } from './user.ts';

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
  readonly #roster: Roster;
  readonly #onFound: (serverName: string, user: User) => void;
  readonly #now: () => number;
  #nextAtMs = Number.NEGATIVE_INFINITY;
  /** Where the next search begins, so that searches take turns over many users. */
  #start = 0;

  /** @param now milliseconds of a clock that only goes forward */
  constructor(roster: Roster, onFound: (serverName: string, user: User) => void, now = () => performance.now()) {
    this.#roster = roster;
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
    const { users } = this.#roster;
    const count = Math.min(users.length, MOST_USERS);
    for (let index = 0; index < count; index += 1) {
      const user = users[(this.#start + index) % users.length];
      if (user === undefined || digest.timestampFor(user.terms.key) === null) continue;
      this.#onFound(serverName, user);
      return;
    }
    this.#start = users.length === 0 ? 0 : (this.#start + count) % users.length;
  }
}
