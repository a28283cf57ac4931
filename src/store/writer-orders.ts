import type { Batch } from './store.ts';

/** What the store's thread is told, one order at a time. */
export type WriterOrder =
  | { readonly kind: 'write'; readonly file: string; readonly batch: Batch }
  | { readonly kind: 'close' };

/** Its answer. A batch can be written and yet be lost later: in a file that was removed, on a disk almost full. */
export type Written =
  | { readonly isWritten: true; readonly failure: string | null }
  | { readonly isWritten: false; readonly failure: string };
