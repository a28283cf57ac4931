import type { Config } from '../config/schema.ts';
import { readCapacity } from '../daemon/capacity.ts';
import { leadsBack } from '../daemon/own-address.ts';
import { policyOf } from '../daemon/policy.ts';
import { siteAddress } from '../daemon/site-address.ts';
import { addressesOf, checkDomain, type DomainCheckParts } from '../front/domain-check.ts';
import { type Finding, failed, warning } from '../kit/finding.ts';
import { type Endpoint, endpointText } from '../net/endpoint.ts';
import type { Group } from './report.ts';

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
  const [isLoop, report] = await Promise.all([
    isOurselves(address.endpoint, config, parts),
    checkDomain(domain, address, parts),
  ]);
  return isLoop ? [loop(address.endpoint)] : report.findings;
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

function loop(site: Endpoint): Finding {
  return failed(
    'site',
    `${endpointText(site)} is Petrel's own port: a stranger would be led in a circle`,
    'say where the web server really is: mask.host and mask.port, such as 127.0.0.1 and 8443',
  );
}
