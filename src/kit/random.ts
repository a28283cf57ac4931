import type { Random, RandomFill } from './bytes.ts';

const QUOTA = 65_536; // getRandomValues refuses more in one call

/** Fills with the system's cryptographic randomness. */
export const fillRandom: RandomFill = (bytes) => {
  if (bytes.length <= QUOTA) crypto.getRandomValues(bytes as Uint8Array<ArrayBuffer>);
  else for (let at = 0; at < bytes.length; at += QUOTA) fillRandom(bytes.subarray(at, at + QUOTA));
};

/** The system's cryptographic randomness. */
export const systemRandom: Random = (length) => {
  const bytes = new Uint8Array(length);
  fillRandom(bytes);
  return bytes;
};
