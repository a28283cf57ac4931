import { createHash } from 'node:crypto';

export function sha1(...parts: Uint8Array[]): Uint8Array {
  return digest('sha1', parts);
}

export function sha256(...parts: Uint8Array[]): Uint8Array {
  return digest('sha256', parts);
}

function digest(name: 'sha1' | 'sha256', parts: Uint8Array[]): Uint8Array {
  const hash = createHash(name);
  for (const part of parts) hash.update(part);
  return Uint8Array.from(hash.digest());
}
