import type { Config } from '../config/schema.ts';
import { readCapacity } from '../daemon/capacity.ts';
import { leadsBack } from '../daemon/own-address.ts';
import { policyOf } from '../daemon/policy.ts';
import { siteAddress } from '../daemon/site-address.ts';
import { addressesOf, checkDomain, type DomainCheckParts } from '../front/domain-check.ts';
import { takesSecret } from '../front/takes-secret.ts';
import type { SiteAddress } from '../front/visit-site.ts';
import { type Finding, failed, warning } from '../kit/finding.ts';
import { type Endpoint, endpointText } from '../net/endpoint.ts';
import { readUsers, usableUsers } from './proxy/users.ts';
import type { Group } from './report.ts';

/** One may be at its limit just now. */
const MOST_SECRETS = 3;

/** Looks at the fronted site of every domain; nothing to look at where fake TLS is off. */
export async function siteGroups(config: Config, parts: DomainCheckParts): Promise<Group[]> {
  const { modes, mask, tls } = config;
  if (!modes.tls) return [];
  if (!mask.enabled) return [{ title: 'Fronted site', findings: [maskingIsOff] }];
  return Promise.all(
    tls.domains.map(async (domain) => ({
      title: `Fronted site ${domain}`,
      findings: await siteFindings(domain, config, parts),
    })),
  );
}

const maskingIsOff = warning(
  'masking',
  'is off (mask.enabled): whoever is no client gets silence where a website would answer',
  'turn it on, unless strangers cannot reach this port at all',
);

async function siteFindings(domain: string, config: Config, parts: DomainCheckParts): Promise<readonly Finding[]> {
  const address = siteAddress(policyOf(config, config, readCapacity()).mask, domain);
  const [isOwnPort, isPetrel, report] = await Promise.all([
    isOurselves(address.endpoint, config, parts),
    answersAsWeDo(domain, address, config, parts),
    checkDomain(domain, address, parts),
  ]);
  if (isOwnPort) return [loop(address.endpoint, "is Petrel's own port")];
  return isPetrel ? [loop(address.endpoint, 'leads back to Petrel (it takes the secret of a user)')] : report.findings;
}

/** Behind address translation, a published port or a balancer no address tells: but no website takes our secrets. */
async function answersAsWeDo(
  domain: string,
  site: SiteAddress,
  config: Config,
  { random, signal, now }: DomainCheckParts,
): Promise<boolean> {
  const users = usableUsers(readUsers(config).users, now).slice(0, MOST_SECRETS);
  const asked = users.map(({ key }) => takesSecret(site, { domain, key }, { random, signal, nowMs: now }));
  return (await Promise.all(asked)).includes(true);
}

async function isOurselves(site: Endpoint, { listen, port }: Config, parts: DomainCheckParts): Promise<boolean> {
  const listeners = listen.map((socket) =>
    socket.kind === 'unix' ? { unix: socket.path } : { host: socket.host, port },
  );
  if ('unix' in site) return leadsBack(site, listeners);
  const addresses = await addressesOf(site.host, parts);
  if (typeof addresses === 'string') return false;
  return addresses.some((host) => leadsBack({ host, port: site.port }, listeners));
}

function loop(site: Endpoint, why: string): Finding {
  return failed(
    'site',
    `${endpointText(site)} ${why}: a stranger would be led in a circle`,
    'say where the web server really is: mask.host and mask.port, such as 127.0.0.1 and 8443',
  );
}
