import { ClientStream } from '../../demo/client/client-stream.ts';
import type { EndReason } from '../../demo/client/options.ts';
import type { Random } from '../../kit/bytes.ts';
import { NONCE_BYTES, readResPq, reqPqMulti } from '../../wire/req-pq.ts';
import type { Secret } from '../../wire/secret.ts';

/** What became of a connection made as a client makes it. */
export type ClientTrial =
  | { kind: 'answered'; tookMs: number }
  /** The secret was taken (fake TLS proves it), but Telegram did not answer behind it. */
  | { kind: 'no-answer' }
  | { kind: 'refused'; reason: EndReason | 'silent' };

export interface ClientTrialOptions {
  readonly host: string;
  readonly port: number;
  readonly secret: Secret;
  /** A PROXY header, where the proxy wants one. */
  readonly preface: Uint8Array | null;
  readonly random: Random;
  readonly now: () => number;
}

const DC = 2;
/** As long as apps wait when they check a proxy. */
const LIMIT_MS = 5_000;

/** Connects with a user's secret and asks Telegram for pq through the proxy, as an app does that checks a proxy. */
export async function tryAsClient({ preface, ...options }: ClientTrialOptions): Promise<ClientTrial> {
  const { secret, random, now } = options;
  const { promise, resolve } = Promise.withResolvers<ClientTrial>();
  const nonce = random(NONCE_BYTES);
  const startedAtMs = performance.now();
  let isTaken = false;
  const give = (reason: EndReason | 'silent') => resolve(isTaken ? { kind: 'no-answer' } : { kind: 'refused', reason });
  const stream = new ClientStream(
    { ...options, dc: DC, ...(preface !== null && { preface }) },
    {
      onOpen: () => {
        isTaken = secret.kind === 'ee';
        stream.send(reqPqMulti(nonce, now()), false);
      },
      onFrame: (payload) => {
        const isAnswer = readResPq(payload, nonce).kind === 'match';
        if (isAnswer) resolve({ kind: 'answered', tookMs: performance.now() - startedAtMs });
        else give('bad-stream');
      },
      onQuickAck: () => {},
      onWritable: () => {},
      onEnded: ({ reason }) => give(reason),
    },
  );
  const timer = setTimeout(() => give('silent'), LIMIT_MS);
  stream.start();
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    stream.reset();
  }
}
