import type { Socket } from 'bun';
import { fromHex } from '../../src/kit/bytes.ts';

/** The process behind `SilentCrowd`: takes a job a line, answers with a line. */
export type SilentJob =
  | {
      readonly do: 'connect';
      readonly port: number;
      readonly count: number;
      /** The address that they come from. */
      readonly from: string;
      /** What each says before it falls silent, in hexadecimal. */
      readonly say: string;
    }
  | { readonly do: 'count' };
/** Connections that came about, and that stand now. */
export interface SilentAnswer {
  readonly connected: number;
  readonly open: number;
}

const CONNECTING_AT_ONCE = 100;

const crowd = new Set<Socket>();
let connected = 0;

for await (const line of console) {
  if (line === '') break; // the input ends
  const job = JSON.parse(line) as SilentJob;
  if (job.do === 'connect') await connectAll(job);
  console.log(JSON.stringify({ connected, open: crowd.size } satisfies SilentAnswer));
}
process.exit(0);

async function connectAll({ port, count, from, say }: Extract<SilentJob, { do: 'connect' }>): Promise<void> {
  const words = fromHex(say);
  const place = { hostname: '127.0.0.1', port, localAddress: from }; // which the types do not know
  const socket = {
    open(opened: Socket) {
      connected += 1;
      crowd.add(opened);
      if (words.length > 0) opened.write(words);
    },
    data() {},
    close: (closed: Socket) => void crowd.delete(closed),
    error() {},
    connectError() {},
  };
  let left = count;
  const connectSome = async () => {
    while (left > 0) {
      left -= 1;
      await Bun.connect({ ...place, socket }).catch(() => {});
    }
  };
  await Promise.all(Array.from({ length: CONNECTING_AT_ONCE }, connectSome));
}
