import { latin1 } from '../kit/bytes.ts';
import { RANDOM_BYTES, RANDOM_OFFSET } from '../wire/tls/layout.ts';
import { readServerNames } from '../wire/tls/server-names.ts';
import { looksLikeTls } from './identify.ts';
import type { Speech } from './loop-watch.ts';
import type { Policy } from './policy.ts';

/** A stranger by its first bytes: which site it is for, and what it says there. */
export interface Visitor {
  /** The fronted domain whose site it is led to: the one it asks for, or the first. */
  readonly domain: string;
  /** The name that it asks for and that is not ours. */
  readonly foreignName: string | null;
  readonly speech: Speech;
  /** The same for bytes that come again. */
  readonly likeness: string;
}

const RANDOM_END = RANDOM_OFFSET + RANDOM_BYTES;
/** Of what is no hello: more than this says who somebody is. */
const LIKENESS_BYTES = 1_024;

/** @param first what has come of its first message */
export function visitorOf(first: Uint8Array, { tls: { domains } }: Policy): Visitor {
  const [firstDomain = ''] = domains;
  const likeness = likenessOf(first);
  if (!looksLikeTls(first)) {
    return { domain: firstDomain, foreignName: null, speech: { kind: 'text', host: firstDomain }, likeness };
  }
  const name = readServerNames(first).names[0]?.name ?? null;
  const isOurs = name !== null && domains.includes(name);
  return {
    domain: isOurs ? name : firstDomain,
    foreignName: isOurs ? null : name,
    speech: { kind: 'hello', name },
    likeness,
  };
}

function likenessOf(first: Uint8Array): string {
  const isHello = looksLikeTls(first) && first.length >= RANDOM_END;
  return latin1(isHello ? first.subarray(RANDOM_OFFSET, RANDOM_END) : first.subarray(0, LIKENESS_BYTES));
}
