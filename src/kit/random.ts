import type { Random } from './bytes.ts';

const QUOTA = 65_536; // getRandomValues refuses more in one call

/** The system's cryptographic randomness. */
export const systemRandom: Random = (length) => {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += QUOTA) crypto.getRandomValues(bytes.subarray(at, at + QUOTA));
  return bytes;
};
