import { systemRandom } from '../kit/random.ts';
import { isFrontableDomain, KEY_BYTES, MAX_DOMAIN_BYTES, secretHex } from '../wire/secret.ts';
import { EXIT_OK, UsageError } from './command.ts';
import type { Terminal } from './terminal.ts';

/** Prints a new secret on a line of its own, so that scripts can take it: plain, or ee when a domain is given. */
export async function secret(domain: string | undefined, terminal: Terminal): Promise<number> {
  const name = domain?.toLowerCase() ?? '';
  if (domain !== undefined && !isFrontableDomain(name)) {
    throw new UsageError(
      `--domain: expected a host name of 4 to ${MAX_DOMAIN_BYTES} characters; found ${JSON.stringify(domain)}`,
    );
  }
  const kind = domain === undefined ? 'plain' : 'ee';
  terminal.out(`${secretHex({ kind, key: systemRandom(KEY_BYTES), domain: name })}\n`);
  return EXIT_OK;
}
