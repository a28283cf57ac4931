// A test copy of the TDLib library that trusts the simulated data centre.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const BEGIN = '-----BEGIN RSA PUBLIC KEY-----\n';
const END = '\n-----END RSA PUBLIC KEY-----';
/** The library has one key for production and one for the test servers. */
const KEYS = 2;

/**
 * Copies the library into `folder` with `pem` in the place of its RSA keys, which stand in it as text.
 *
 * @returns the path of the copy
 * @throws when the library has no such texts of the same length
 */
export function patchedTdlib(library, pem, folder) {
  const bytes = readFileSync(library);
  const replacement = Buffer.from(pem.trim(), 'latin1');
  let found = 0;
  for (let at = bytes.indexOf(BEGIN); at >= 0; at = bytes.indexOf(BEGIN, at + 1)) {
    const end = bytes.indexOf(END, at) + END.length;
    if (end - at !== replacement.length) continue; // the key of the simple configuration has shorter lines
    replacement.copy(bytes, at);
    found++;
  }
  if (found < KEYS) throw new Error(`the library has ${found} RSA keys as text, not ${KEYS}`);
  const copy = join(folder, 'libtdjson.so');
  writeFileSync(copy, bytes);
  return copy;
}
