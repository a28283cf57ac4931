import { networkInterfaces } from 'node:os';
import type { Flags } from '../config/flags-layer.ts';
import { loadConfig } from '../config/load.ts';
import { parseEndpoint } from '../config/types/addresses.ts';
import { readCapacity } from '../daemon/capacity.ts';
import { policyOf } from '../daemon/policy.ts';
import { siteAddress } from '../daemon/site-address.ts';
import { checkDomain, type DomainCheckParts } from '../front/domain-check.ts';
import { systemRandom } from '../kit/random.ts';
import { isFrontableDomain } from '../wire/secret.ts';
import { EXIT_FAILURE, EXIT_OK, UsageError } from './command.ts';
import { renderDomainReport } from './domain-report.ts';
import type { Terminal } from './terminal.ts';

export interface DoctorOptions {
  readonly domain: string | undefined;
  /** Where its site is, as HOST:PORT; by default where the configuration says. */
  readonly site: string | undefined;
  readonly json: boolean;
  readonly flags: Flags;
}

/** The whole examination takes no longer. */
const LIMIT_MS = 10_000;

/** Says whether a domain can be fronted. @returns 0 when it can, warnings included */
export async function doctor(
  { domain, site, json, flags }: DoctorOptions,
  terminal: Terminal,
  resolve: DomainCheckParts['resolve'] = resolveName,
): Promise<number> {
  if (domain === undefined) {
    throw new UsageError(
      'doctor: not available yet: checks of the whole machine; petrel doctor --domain D checks a domain',
    );
  }
  if (!isFrontableDomain(domain))
    throw new UsageError(`doctor: --domain: ${JSON.stringify(domain)} is no host name of a website`);
  const config = readConfig(flags, terminal);
  const address = siteAddress(policyOf(config, config, readCapacity()).mask, domain);
  const report = await checkDomain(domain, site === undefined ? address : { ...address, endpoint: endpointOf(site) }, {
    resolve,
    ownAddresses: ownAddresses(),
    publicHost: config.publicHost,
    random: systemRandom,
    signal: AbortSignal.timeout(LIMIT_MS),
    now: Date.now(),
  });
  terminal.out(json ? `${JSON.stringify(report, null, 2)}\n` : renderDomainReport(report, terminal));
  return report.canBeFronted ? EXIT_OK : EXIT_FAILURE;
}

function readConfig({ config, ...flags }: Flags, { cwd, env }: Terminal) {
  return loadConfig({ cwd, configFile: typeof config === 'string' ? config : config?.[0], env, flags });
}

function endpointOf(text: string) {
  const endpoint = parseEndpoint(text);
  if (endpoint === null) throw new UsageError('doctor: --site: expected HOST:PORT');
  return endpoint;
}

async function resolveName(name: string): Promise<string[]> {
  return (await Bun.dns.lookup(name)).map(({ address }) => address);
}

/** Without link-local ones: no DNS name points there. */
function ownAddresses(): string[] {
  const found = Object.values(networkInterfaces()).flatMap((list = []) => list.filter(({ internal }) => !internal));
  return found.map(({ address }) => address).filter((address) => !/^fe80:/i.test(address));
}
