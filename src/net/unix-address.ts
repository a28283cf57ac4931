import { utf8 } from '../kit/bytes.ts';

export const AF_UNIX = 1;
const FAMILY_BYTES = 2;
/** sun_path, its closing zero byte included. */
const MAX_PATH_BYTES = 108;

/**
 *   sockaddr_un   | family u16 host order | path, zero byte |  or  | family | zero byte, abstract name |
 *
 * @param name a path, or an abstract name that begins with `@`
 * @returns the address's bytes, or why there is none
 */
export function unixSocketAddress(name: string): Uint8Array | string {
  const path = utf8(name);
  const isAbstract = name.startsWith('@');
  if (!isAbstract && !name.startsWith('/')) return 'neither a path nor an abstract name';
  const nameBytes = isAbstract ? path.length : path.length + 1;
  if (nameBytes > MAX_PATH_BYTES) return `longer than ${MAX_PATH_BYTES} bytes`;
  const bytes = new Uint8Array(FAMILY_BYTES + nameBytes);
  bytes[0] = AF_UNIX;
  bytes.set(path, FAMILY_BYTES);
  if (isAbstract) bytes[FAMILY_BYTES] = 0;
  return bytes;
}
