import type { Config } from '../config/schema.ts';
import { parseEndpoint } from '../config/types/addresses.ts';
import { readCapacity } from '../daemon/capacity.ts';
import { policyOf } from '../daemon/policy.ts';
import { siteAddress } from '../daemon/site-address.ts';
import { checkDomain, type DomainCheckParts, type DomainReport } from '../front/domain-check.ts';
import { systemRandom } from '../kit/random.ts';
import { isFrontableDomain } from '../wire/secret.ts';
import { UsageError } from './command.ts';

export interface DomainQuestion {
  readonly domain: string;
  /** Where its site is, as HOST:PORT; by default where the configuration says. */
  readonly site: string | undefined;
}

/** The whole examination takes no longer. */
const LIMIT_MS = 10_000;

/** Examines one domain. @throws UsageError for what is no domain or no place */
export function examineDomain(
  { domain, site }: DomainQuestion,
  config: Config,
  parts: Pick<DomainCheckParts, 'resolve' | 'ownAddresses' | 'now'>,
): Promise<DomainReport> {
  if (!isFrontableDomain(domain))
    throw new UsageError(`doctor: --domain: ${JSON.stringify(domain)} is no host name of a website`);
  const address = siteAddress(policyOf(config, config, readCapacity()).mask, domain);
  return checkDomain(domain, site === undefined ? address : { ...address, endpoint: endpointOf(site) }, {
    ...parts,
    publicHost: config.publicHost,
    random: systemRandom,
    signal: AbortSignal.timeout(LIMIT_MS),
  });
}

function endpointOf(text: string) {
  const endpoint = parseEndpoint(text);
  if (endpoint === null) throw new UsageError('doctor: --site: expected HOST:PORT');
  return endpoint;
}
