import * as v from 'valibot';
import { fromHex, hex } from '../../kit/bytes.ts';
import { systemRandom } from '../../kit/random.ts';
import { KEY_BYTES, readSecret, type Secret } from '../../wire/secret.ts';
import { textType, type ValueType } from '../value-type.ts';

const AD_TAG = /^[0-9a-f]{32}$/i;
const ADMIN_TOKEN = /^[!-~]{16,256}$/; // visible ASCII: it travels in a header

/** Keys that stand in examples and tutorials: whoever scans for proxies tries them first. */
const PUBLISHED_KEYS: readonly string[] = [
  '00000000000000000000000000000000',
  '00000000000000000000000000000001',
  'ffffffffffffffffffffffffffffffff',
  '0123456789abcdef0123456789abcdef',
  'fedcba9876543210fedcba9876543210',
  '000102030405060708090a0b0c0d0e0f',
  '00112233445566778899aabbccddeeff',
  'deadbeefdeadbeefdeadbeefdeadbeef',
];

/** Less than this is no secret with a slip in it: its length says all. */
const MIN_SLIPPED_CHARACTERS = 16;

/** A user's secret in any of its text forms. */
export function userSecret(): ValueType<Secret> {
  return {
    expected: 'a secret: 32 hex digits, or the dd, ee or base64url form that a link carries',
    suffix: '',
    schema: v.pipe(
      v.string(),
      v.rawTransform<string, Secret>(({ dataset, addIssue, NEVER }) => {
        const reading = readSecret(dataset.value.trim());
        if (reading.kind === 'match' && !isPublished(reading.secret.key)) return reading.secret;
        if (reading.kind === 'match') addIssue({ message: publishedKeyReason() });
        else addIssue();
        return NEVER;
      }),
    ),
    fromText: (text) => text,
    isSecret: true,
    hint: secretHint,
  };
}

function secretHint(found: unknown): string | null {
  if (typeof found !== 'string' || found.length < MIN_SLIPPED_CHARACTERS) return null;
  const reading = readSecret(found.trim());
  return reading.kind === 'reject' ? reading.reason : null;
}

function isPublished(secretKey: Uint8Array): boolean {
  return PUBLISHED_KEYS.includes(hex(secretKey));
}

function publishedKeyReason(): string {
  return `this secret is a well-known example that anybody can guess; take a fresh one, such as "${hex(systemRandom(KEY_BYTES))}"`;
}

/** A tag from @MTProxybot, or "" (null). */
export function adTag(): ValueType<Uint8Array | null> {
  const parse = (text: string): Uint8Array | null | undefined => {
    if (text === '') return null;
    return AD_TAG.test(text) ? fromHex(text) : undefined;
  };
  return textType('32 hex digits from @MTProxybot, or "" for none', parse, { suffix: '', isSecret: true });
}

export function adminToken(): ValueType<string> {
  const parse = (text: string): string | undefined => (text === '' || ADMIN_TOKEN.test(text) ? text : undefined);
  const expected = '16 to 256 visible ASCII characters without spaces, or "" to have one made';
  return textType(expected, parse, { suffix: '', isSecret: true });
}

export function redisAddress(): ValueType<string> {
  const isAddress = (text: string): boolean => /^rediss?:\/\//.test(text) && URL.parse(text) !== null;
  const parse = (text: string): string | undefined => (text === '' || isAddress(text) ? text : undefined);
  return textType('an address starting with redis:// or rediss://, or "" for none', parse, {
    suffix: '',
    isSecret: true,
  });
}
