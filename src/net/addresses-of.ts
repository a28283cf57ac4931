import { parseIp } from '../kit/ip.ts';
import type { Endpoint } from './endpoint.ts';
import { HostsFile } from './hosts-file.ts';

const MAX_ADDRESSES = 4; // of one name; more are not tried
/** How long the second family is waited for when the first has come: a name server may leave one of them unanswered (RFC 8305, 3). */
const OTHER_FAMILY_MS = 50;

const hostsFile = new HostsFile();

/**
 * The endpoint itself when it is literal, else one endpoint for each address of its name. The families take turns, so that a dead
 * one costs one address's patience and not several (RFC 8305, section 4).
 */
export async function addressesOf(endpoint: Endpoint): Promise<readonly Endpoint[]> {
  if ('unix' in endpoint || parseIp(endpoint.host) !== null) return [endpoint];
  const written = hostsFile.addressesOf(endpoint.host);
  const addresses = takingTurns(written.length > 0 ? written : await askNameServers(endpoint.host));
  return addresses.slice(0, MAX_ADDRESSES).map((host) => ({ host, port: endpoint.port }));
}

/** Asks for both families at once; the runtime keeps answers for their time, and asks once for all who wait. IPv4 comes first. */
async function askNameServers(name: string): Promise<readonly string[]> {
  const found: string[][] = [[], []];
  const questions = ([4, 6] as const).map(async (family, index) => {
    const answers = await Bun.dns.lookup(name, { family });
    found[index] = answers.map(({ address }) => address);
    if (answers.length === 0) throw new Error('no address');
  });
  const all = Promise.allSettled(questions);
  await Promise.any(questions).catch(({ errors: [first] }: AggregateError) => {
    throw first;
  });
  await Promise.race([all, Bun.sleep(OTHER_FAMILY_MS)]);
  return found.flat();
}

/** IPv4 and IPv6 addresses by turns, beginning with the family of the first; each once. */
function takingTurns(all: readonly string[]): string[] {
  const addresses = [...new Set(all)];
  const isIpv6 = (address: string) => address.includes(':');
  const [first = ''] = addresses;
  const same = addresses.filter((address) => isIpv6(address) === isIpv6(first));
  const other = addresses.filter((address) => isIpv6(address) !== isIpv6(first));
  return Array.from({ length: Math.max(same.length, other.length) }, (_, index) => [same[index], other[index]])
    .flat()
    .filter((address) => address !== undefined);
}
