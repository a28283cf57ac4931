import { checkOutlook } from './outlook.ts';
import { SqliteFile } from './sqlite-file.ts';
import type { WriterOrder, Written } from './writer-orders.ts';

declare const self: Worker;

let opened: SqliteFile | null = null;

self.onmessage = ({ data: order }: MessageEvent<WriterOrder>) => {
  self.postMessage(order.kind === 'write' ? write(order) : close());
};

function write({ file, batch }: Extract<WriterOrder, { kind: 'write' }>): Written {
  const failure = failureOf(() => {
    opened ??= new SqliteFile(file);
    opened.write(batch);
  });
  const outlook = failureOf(() => checkOutlook(file, opened?.inode ?? null)); // its words say more than those of a failed write
  if (failure === null) return { isWritten: true, failure: outlook };
  return { isWritten: false, failure: outlook ?? failure };
}

function close(): Written {
  const failure = failureOf(() => opened?.close());
  opened = null;
  return { isWritten: true, failure };
}

function failureOf(attempt: () => void): string | null {
  try {
    attempt();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
