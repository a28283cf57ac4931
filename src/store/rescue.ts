import { createFile } from './create-file.ts';
import { MemoryStore } from './memory-store.ts';
import type { Part, ReadFile } from './read-file.ts';
import { setAside, setLogAside } from './set-aside.ts';
import type { Kept, StorageTrouble, Store } from './store.ts';
import { StoreThread } from './store-thread.ts';

export interface Rescued {
  readonly store: Store;
  readonly trouble: StorageTrouble;
}

export const LOG_DAMAGE = 'its write-ahead log, petrel.db-wal, is damaged';

const LOSSES: Readonly<Record<Part, string>> = {
  users: 'users that Petrel made',
  usage: 'what users have moved, so that quotas start at 0',
  replays: 'the handshakes seen before, which can be replayed once',
  profiles: 'how the fronted sites answer, which is asked anew',
};

/** Sets a damaged file aside, and begins a new one with what could be read. */
export function renew(file: string, kept: Kept, { parts, damage }: ReadFile): Rescued {
  const lost = (Object.keys(LOSSES) as Part[]).filter((part) => parts[part] === null).map((part) => LOSSES[part]);
  const loss = lost.length === 0 ? 'all of it could be read and was taken over' : `lost: ${lost.join('; ')}`;
  return rescued(file, damage ?? '', loss, () => {
    const aside = setAside(file);
    createFile(file, kept);
    return aside;
  });
}

/** Goes on with what stood in the file itself. */
export function withoutLog(file: string): Rescued {
  const loss = 'lost: the last minutes to hours of what users have moved, and of handshakes seen';
  return rescued(file, LOG_DAMAGE, loss, () => setLogAside(file));
}

/** Where the folder can't be written nothing can be set aside, and nothing be kept. */
function rescued(file: string, damage: string, loss: string, mend: () => string): Rescued {
  try {
    const aside = mend();
    const reason = `${file}: ${damage}; it was set aside as ${aside}; ${loss}`;
    return { store: new StoreThread(file), trouble: { kind: 'damaged', reason } };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const reason = `${file}: ${damage}; it could not be set aside, ${why}, and nothing is kept beyond the stop; ${loss}`;
    return { store: new MemoryStore(), trouble: { kind: 'damaged', reason } };
  }
}
