import { canonicalIp } from '../../kit/address.ts';
import { type Finding, failed, ok, warning } from '../../kit/finding.ts';
import { endpointText } from '../../net/endpoint.ts';
import type { ClientTrial } from './as-client.ts';

/** The host in links, and what is known of it. */
export interface PublicHost {
  readonly host: string;
  /** What the operator must know about the choice of the host; null when there is nothing to say. */
  readonly note: string | null;
  /** Addresses of the host, or why there are none. */
  readonly addresses: readonly string[] | string;
  /** Addresses of this machine's interfaces. */
  readonly ownAddresses: readonly string[];
}

/** Whether the host in links is one that clients can find. */
export function publicHostFinding({ host, note, addresses }: PublicHost): Finding {
  const check = 'public host';
  if (note !== null) return warning(check, host, note);
  if (typeof addresses === 'string') {
    return failed(
      check,
      `${host} cannot be resolved (${addresses})`,
      'links name it: give it an address record, or set public_host to an address',
    );
  }
  return ok(check, addresses.includes(host) ? host : `${host} is ${addresses.join(', ')}`);
}

/** What came of the way that clients come. */
export interface OutsideTrial {
  /** Why a connection could not be opened; null when it could. */
  readonly refusal: string | null;
  /** What became of it as a client's; null where that was not tried. */
  readonly trial: ClientTrial | null;
}

/**
 * Judges the way that clients come, tried from the machine itself. That proves little: firewalls in front of it are not crossed,
 * and some networks don't lead a machine back to its own public address.
 */
export function outsideFinding(publicHost: PublicHost, port: number, { refusal, trial }: OutsideTrial): Finding {
  const check = 'from outside';
  const { host } = publicHost;
  const place = endpointText({ host, port });
  const elsewhere = `try it from another machine (nc -vz ${host} ${port}, or the link in an app)`;
  const ways = `let TCP port ${port} in: the firewall here (ufw allow ${port}/tcp), the provider's security group, the router's port forwarding`;
  if (refusal !== null) {
    const advice = `some networks do not lead a machine back to itself, so ${elsewhere}; if that fails too, ${ways}`;
    return warning(check, `${place} cannot be reached from here (${refusal})`, advice);
  }
  if (trial?.kind === 'refused') {
    const advice = `it may be a router that does not lead a machine back to itself, so ${elsewhere}; see that public_host and public_port are right`;
    return warning(check, `what answers on ${place} is not this Petrel`, advice);
  }
  const seen = `${place} ${trial === null ? 'accepts connections' : 'leads to this Petrel'}`;
  if (!isThisMachine(publicHost)) return ok(check, seen);
  const advice = `a firewall in front of it is not crossed so: ${elsewhere}; if that fails, ${ways}`;
  return ok(check, `${seen}, tried from this machine`, advice);
}

function isThisMachine({ addresses, ownAddresses }: PublicHost): boolean {
  if (typeof addresses === 'string') return false;
  const own = ownAddresses.map(canonicalIp);
  return addresses.some((address) => own.includes(canonicalIp(address)));
}
