import type { Snapshot } from '../../admin/snapshot.ts';
import type { Config } from '../../config/schema.ts';
import type { Handshake } from '../../proxy/gate.ts';
import type { LocalStanding } from '../../proxy/local-room.ts';
import type { StrangerReason } from '../../proxy/outcome.ts';
import type { UserTerms } from '../../proxy/user.ts';
import type { StoredUsage } from '../../store/store.ts';

/** What a user has moved since the last time. */
export interface Move {
  readonly name: string;
  readonly uplinkBytes: number;
  readonly downlinkBytes: number;
  readonly uplinkMessages: number;
  readonly downlinkMessages: number;
}

/** The configuration and all users; of these also what they had used by now, for a worker to which they are new. */
export interface Terms {
  readonly config: Config;
  readonly users: readonly UserTerms[];
  readonly usage: readonly StoredUsage[];
}

/** What SessionNews says. */
export type News =
  | { readonly of: 'data-center'; readonly dc: number; readonly reason: string | null }
  | { readonly of: 'address'; readonly dc: number; readonly isFailing: boolean }
  | { readonly of: 'site'; readonly domain: string; readonly reason: string | null };

/** From the supervisor to a worker. */
export type Order =
  /** The configuration's port and addresses are those to share, whatever was asked for. */
  | ({
      readonly kind: 'start';
      readonly number: number;
      readonly profiles: readonly string[];
      readonly markKey: Uint8Array;
    } & Terms)
  | ({ readonly kind: 'reload' } & Terms)
  | { readonly kind: 'entered'; readonly id: number; readonly answer: 'free' | 'crowded' | 'full' }
  | { readonly kind: 'admitted'; readonly id: number; readonly answer: 'free' | StrangerReason }
  /** What others have moved. */
  | { readonly kind: 'moved'; readonly moves: readonly Move[] }
  /** Sessions that a user with a rate has in all workers. */
  | { readonly kind: 'share'; readonly name: string; readonly connections: number }
  /** How a fronted site answers. */
  | { readonly kind: 'profile'; readonly text: string }
  /** Figures are wanted now. */
  | { readonly kind: 'look'; readonly id: number }
  /** How many connections have proved nothing: of this address's network, '' for all. */
  | { readonly kind: 'count-unproved'; readonly id: number; readonly ip: string }
  /** So many of them have to go. */
  | { readonly kind: 'displace'; readonly id: number; readonly ip: string; readonly count: number }
  /** A user is at a limit: how are its sessions? */
  | { readonly kind: 'roll-call'; readonly id: number; readonly name: string }
  /** These sessions give way. */
  | { readonly kind: 'supersede'; readonly id: number; readonly sessions: readonly number[] }
  | { readonly kind: 'stop'; readonly limitMs: number };

/** From a worker to the supervisor. */
export type Report =
  | { readonly kind: 'ready'; readonly version: string }
  | { readonly kind: 'serving' }
  /** It can't listen. */
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
  | { readonly kind: 'enter'; readonly id: number; readonly ip: string }
  | {
      readonly kind: 'admit';
      readonly id: number;
      readonly name: string;
      readonly ip: string;
      readonly handshake: Handshake;
    }
  /** Gives back what the question of this id was granted. */
  | { readonly kind: 'release'; readonly id: number }
  /** What this worker has moved. */
  | { readonly kind: 'moved'; readonly moves: readonly Move[] }
  /** What a session found out: see SessionNews. */
  | { readonly kind: 'news'; readonly news: News }
  /** @see `look`; id 0: unasked */
  | { readonly kind: 'figures'; readonly id: number; readonly snapshot: Snapshot }
  /** How many there are, or have gone; what those held was given back before. @see `count-unproved`, `displace`, `supersede` */
  | { readonly kind: 'counted'; readonly id: number; readonly count: number }
  /** @see `roll-call` */
  | { readonly kind: 'present'; readonly id: number; readonly sessions: readonly LocalStanding[] }
  /** Drained, and everything is reported. */
  | { readonly kind: 'stopped' };

export type OrderOf<Kind extends Order['kind']> = Extract<Order, { readonly kind: Kind }>;
export type ReportOf<Kind extends Report['kind']> = Extract<Report, { readonly kind: Kind }>;

type Fields = Readonly<Record<string, 'string' | 'number' | 'object'>>;

const ORDER_FIELDS: Readonly<Record<Order['kind'], Fields>> = {
  start: {
    number: 'number',
    profiles: 'object',
    markKey: 'object',
    config: 'object',
    users: 'object',
    usage: 'object',
  },
  reload: { config: 'object', users: 'object', usage: 'object' },
  entered: { id: 'number', answer: 'string' },
  admitted: { id: 'number', answer: 'string' },
  moved: { moves: 'object' },
  share: { name: 'string', connections: 'number' },
  profile: { text: 'string' },
  look: { id: 'number' },
  'count-unproved': { id: 'number', ip: 'string' },
  displace: { id: 'number', ip: 'string', count: 'number' },
  'roll-call': { id: 'number', name: 'string' },
  supersede: { id: 'number', sessions: 'object' },
  stop: { limitMs: 'number' },
};

const REPORT_FIELDS: Readonly<Record<Report['kind'], Fields>> = {
  ready: { version: 'string' },
  serving: {},
  failed: { code: 'string', message: 'string' },
  enter: { id: 'number', ip: 'string' },
  admit: { id: 'number', name: 'string', ip: 'string', handshake: 'object' },
  release: { id: 'number' },
  moved: { moves: 'object' },
  news: { news: 'object' },
  figures: { id: 'number', snapshot: 'object' },
  counted: { id: 'number', count: 'number' },
  present: { id: 'number', sessions: 'object' },
  stopped: {},
};

/** Messages come in batches. @returns null when it is no batch of orders: the other side is of another version */
export function readOrders(raw: unknown): readonly Order[] | null {
  return Array.isArray(raw) && raw.every((message): message is Order => hasShape(message, ORDER_FIELDS)) ? raw : null;
}

export function readReports(raw: unknown): readonly Report[] | null {
  return Array.isArray(raw) && raw.every((message): message is Report => hasShape(message, REPORT_FIELDS)) ? raw : null;
}

function hasShape(message: unknown, shapes: Readonly<Record<string, Fields>>): boolean {
  if (typeof message !== 'object' || message === null) return false;
  const kind: unknown = Reflect.get(message, 'kind');
  if (typeof kind !== 'string' || !Object.hasOwn(shapes, kind)) return false;
  return Object.entries(shapes[kind] ?? {}).every(([name, type]) => {
    const value: unknown = Reflect.get(message, name);
    return typeof value === type && value !== null;
  });
}
