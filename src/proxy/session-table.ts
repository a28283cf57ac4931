import type { PeerAddress } from '../kit/address.ts';
import type { ByteReader } from '../net/byte-reader.ts';
import type { Conn } from '../net/conn.ts';
import { queuedBytes } from '../net/socket-options.ts';
import type { Permit } from './admission.ts';
import type { AwaitedAnswer } from './awaited-answer.ts';
import { startDrain } from './drain.ts';
import type { Place } from './gate.ts';
import type { Ledger, Mode } from './ledger.ts';
import { Lobby } from './lobby.ts';
import type { Outcome } from './outcome.ts';
import { quietest } from './quietest.ts';
import type { Relay, RelayEnd } from './relay.ts';
import type { User } from './user.ts';
import type { WayBuffers } from './way-buffers.ts';

/** How often time limits are looked at: one timer for all sessions. */
export const SWEEP_MS = 500;

/** One client connection, from accept to settlement. */
export class Session {
  readonly id: number;
  readonly client: Conn;
  /** The client: the socket's peer, or what a PROXY header said. */
  peer: PeerAddress;
  /** What the client connected to, where a PROXY header said so; null: our own end of the socket. */
  destination: PeerAddress | null = null;
  mode: Mode | null = null;
  /** The signed DC id that was asked for. */
  dc: number | null = null;
  place: Place | null = null;
  permit: Permit | null = null;
  /** The connection to the data centre or to the fronted site, from the moment it stands. */
  far: Conn | null = null;
  /** Set from the data centre's connection to its first byte. */
  answer: AwaitedAnswer | null = null;
  /** Set while first bytes are read. */
  reader: ByteReader | null = null;
  /** Set while bytes are relayed or spliced. */
  relay: Relay | null = null;
  /** Set while bytes are relayed or spliced. */
  uplinkBuffers: WayBuffers | null = null;
  downlinkBuffers: WayBuffers | null = null;
  /** When the current step has to be over, on the monotonic clock; 0: no limit. */
  deadlineMs = 0;
  /** Sweeps without a byte that a relay may last; 0: no limit. */
  idleSweeps = 0;
  /** Why it was ended from outside; it counts as the outcome. */
  ending: 'cut' | 'memory' | 'displaced' | 'superseded' | null = null;
  uplinkBytes = 0;
  downlinkBytes = 0;
  /** Sweeps since the relay last moved a byte, or since the last step before that. */
  quietSweeps = 0;
  readonly #lobby: Lobby<Session>;

  constructor(id: number, client: Conn, lobby: Lobby<Session>) {
    this.id = id;
    this.client = client;
    this.peer = client.remote;
    this.#lobby = lobby;
  }

  get user(): User | null {
    return this.permit?.user ?? null;
  }

  /** It has proved nothing yet, and may have to go for somebody else. */
  enterLobby(): void {
    this.#lobby.enter(this, this.peer.ip);
  }

  /** It is admitted, or a splice (which are bounded among themselves). */
  leaveLobby(): void {
    this.#lobby.leave(this);
  }

  /** What waits in the kernel: received and not read by us, sent and not acknowledged. */
  get queuedBytes(): number {
    const ends = this.far === null ? [this.client] : [this.client, this.far];
    return ends.reduce((sum, { fd, isOpen }) => sum + (isOpen ? queued(fd) : 0), 0);
  }

  /** The current step may last so long; 0: for ever. */
  giveTime(ms: number): void {
    this.deadlineMs = ms === 0 ? 0 : performance.now() + ms;
    this.quietSweeps = 0;
    this.reader?.renew();
  }

  /** Resolves when the client leaves; for waits on something else before the relay. */
  whenGone(): Promise<'closed'> {
    return this.reader?.closed() ?? Promise.resolve('closed');
  }

  /**
   * Applies the time limits.
   * @param nowMs of the monotonic clock, by which steps are limited
   * @param epochMs of the wall clock, by which users expire
   */
  sweep(nowMs: number, epochMs: number): void {
    const expiresAtMs = this.user?.terms.expiresAtMs ?? null;
    if (expiresAtMs !== null && epochMs >= expiresAtMs) this.cut();
    else if (this.relay !== null) this.#sweepRelay(this.relay);
    else this.#sweepStep(nowMs);
  }

  /** Ends the session at whatever step it is. */
  cut(): void {
    this.ending = 'cut';
    if (this.relay === null) this.client.close();
    else this.relay.stop('cut' satisfies RelayEnd);
  }

  /** Ends it to free the memory that it holds. */
  abort(): void {
    this.ending = 'memory';
    if (this.relay === null) this.client.close();
    else this.relay.abort('memory' satisfies RelayEnd);
  }

  /** It has proved nothing, and ends so that somebody else has room. Its place is free at once. */
  displace(): void {
    this.ending = 'displaced';
    this.place?.release();
    this.client.close();
  }

  /** Ends it for another session of its user, whose place is free at once. */
  supersede(): void {
    this.ending = 'superseded';
    this.permit?.release();
    if (this.relay === null) this.client.close();
    else this.relay.abort('cut' satisfies RelayEnd); // its client may be gone: nothing may wait to be sent
  }

  /** Lets buffers follow what was moved, and the governor's level. */
  sweepBuffers(): void {
    this.uplinkBuffers?.sweep();
    this.downlinkBuffers?.sweep();
  }

  #sweepStep(nowMs: number): void {
    this.quietSweeps += 1;
    this.reader?.lookForEnd();
    if (this.deadlineMs !== 0 && nowMs >= this.deadlineMs) this.reader?.expire();
  }

  /** Whether something moved since the last look, or is still to be delivered. */
  get isDelivering(): boolean {
    return this.relay !== null && (this.relay.isActive || this.relay.isDelivering);
  }

  /** Counts looks without a byte. @returns how many there were in a row */
  look(): number {
    const { relay } = this;
    relay?.look();
    const wasActive = relay?.isActive ?? false;
    if (relay !== null) relay.isActive = false;
    this.quietSweeps = wasActive ? 0 : this.quietSweeps + 1;
    return this.quietSweeps;
  }

  #sweepRelay(relay: Relay): void {
    this.sweepBuffers();
    this.answer?.sweep();
    const quietSweeps = this.look();
    if (quietSweeps === 1) relay.rest();
    if (this.idleSweeps > 0 && quietSweeps > this.idleSweeps) relay.stop('idle');
  }
}

function queued(fd: number): number {
  const { receive, send } = queuedBytes(fd);
  return receive + send;
}

/** All sessions that stand, and the one timer that watches over them. */
export class SessionTable {
  /** Those that have proved nothing yet. */
  readonly lobby = new Lobby<Session>();
  readonly #sessions = new Set<Session>();
  readonly #ledger: Ledger;
  readonly #timer: Timer;
  #lastId = 0;
  #onEmpty: (() => void) | null = null;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
    this.#timer = setInterval(() => this.#sweep(), SWEEP_MS);
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** In the order in which they were accepted. */
  get all(): Iterable<Session> {
    return this.#sessions;
  }

  open(client: Conn): Session {
    this.#lastId += 1;
    const session = new Session(this.#lastId, client, this.lobby);
    this.#sessions.add(session);
    this.#ledger.accepted += 1;
    this.#ledger.open += 1;
    return session;
  }

  /** The end of a session: closes what is left and gives back everything it held, once. */
  settle(session: Session, outcome: Outcome): void {
    if (!this.#sessions.delete(session)) return;
    session.leaveLobby();
    session.client.close();
    session.far?.close();
    session.uplinkBuffers?.release();
    session.downlinkBuffers?.release();
    session.permit?.release();
    session.place?.release();
    this.#ledger.open -= 1;
    this.#ledger.outcomes[outcome] += 1;
    if (this.#sessions.size === 0) this.#onEmpty?.();
  }

  /** Those that a user has and that are not about to end. */
  of(user: User): Session[] {
    const found: Session[] = [];
    for (const session of this.#sessions) if (session.user === user && session.ending === null) found.push(session);
    return found;
  }

  /**
   * Ends up to `count` of those that have proved nothing: who can best be spared.
   * @param ip of this address's network; null: of all
   * @returns how many
   */
  displace(ip: string | null, count: number): number {
    let gone = 0;
    while (gone < count) {
      const session = ip === null ? this.lobby.longest() : this.lobby.longestOf(ip);
      if (session === null) break;
      this.#displace(session);
      gone += 1;
    }
    return gone;
  }

  /** Cuts the sessions of users that may no longer have any. */
  cutUsers(users: ReadonlySet<User>): number {
    let count = 0;
    for (const session of [...this.#sessions]) {
      if (session.user === null || !users.has(session.user)) continue;
      session.cut();
      count += 1;
    }
    return count;
  }

  /** The governor's level has changed: buffers follow at once. */
  sweepBuffers(): void {
    for (const session of this.#sessions) session.sweepBuffers();
  }

  /** Ends up to `count` of those that can best be spared. @returns how many */
  abortQuietest(count: number): number {
    const chosen = quietest(this.#sessions, count);
    for (const session of chosen) session.abort();
    return chosen.length;
  }

  /** Ends all sessions and waits until none is left. What still moves bytes after `limitMs` is cut. */
  async drain(limitMs: number): Promise<void> {
    clearInterval(this.#timer);
    const stopLooking = startDrain(this.#sessions, limitMs);
    if (this.#sessions.size > 0) {
      await new Promise<void>((resolve) => {
        this.#onEmpty = resolve;
      });
    }
    stopLooking();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #sweep(): void {
    const now = performance.now();
    const epoch = Date.now();
    for (const session of this.#sessions) session.sweep(now, epoch);
    for (const session of this.lobby.overdue(now)) this.#displace(session);
  }

  #displace(session: Session): void {
    this.lobby.spare(session);
    session.displace();
  }
}
