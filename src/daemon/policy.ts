import type { Config } from '../config/schema.ts';
import { type Cidr, cidrContains, parseIp } from '../kit/ip.ts';
import type { Endpoint } from '../net/endpoint.ts';
import type { MaskPolicy, Policy } from '../proxy/policy.ts';
import type { Capacity } from './capacity.ts';

/** The part of all sessions that strangers may take. */
const SPLICE_SHARE = 1 / 4;
/** The part of all sessions that connections which have proved nothing may take, so that whoever proves something finds the rest free. */
const UNPROVED_SHARE = 1 / 2;
/** However few sessions may stand: a phone opens several connections at once, and none may push another out in its handshake. */
const LEAST_UNPROVED = 64;

/**
 * What the data plane follows.
 * @param fixed the configuration of the start, for what a reload can't change
 * @param capacity of this process
 */
export function policyOf(live: Config, fixed: Config, capacity: Capacity): Policy {
  const { limits } = live;
  const sessions = limits.maxConnections === 0 ? capacity.sessions : limits.maxConnections;
  const ownSessions = limits.maxConnections === 0 ? sessions : Math.ceil(sessions / fixed.workers);
  const { lowBytes, sessionsMargin, highBytes } = limits.toClientBuffer;
  return Object.freeze({
    modes: live.modes,
    tls: live.tls,
    mask: maskPolicy(live.mask, ownSessions, fixed.workers),
    limits: {
      maxConnections: sessions,
      maxUnproved: Math.max(LEAST_UNPROVED, Math.floor(Math.min(ownSessions, capacity.sessions) * UNPROVED_SHARE)),
      maxSockets: capacity.sockets,
      spareSockets: capacity.spareSockets,
      maxConnectionsPerIp: limits.maxConnectionsPerIp,
      toClientBuffer: [lowBytes, sessionsMargin, highBytes] as const,
      toTelegramBufferBytes: limits.toTelegramBufferBytes,
      firstByteTimeoutMs: limits.firstByteTimeoutMs,
      handshakeTimeoutMs: limits.handshakeTimeoutMs,
      idleTimeoutMs: limits.idleTimeoutMs,
    },
    fastMode: fixed.telegram.fastMode,
    proxyProtocol: fixed.proxyProtocol.enabled ? { isTrusted: withinAny(fixed.proxyProtocol.trusted) } : null,
  });
}

/** Domains whose site a flight has to look like; with masking off there is none. */
export function frontedDomains({ mask, tls, modes }: Policy): readonly string[] {
  return mask.enabled && modes.tls ? tls.domains : [];
}

/** @param sessions of this process @param processes that share what all strangers may move */
function maskPolicy(mask: Config['mask'], sessions: number, processes: number): MaskPolicy {
  const { enabled, host, port, targets, proxyProtocol } = mask;
  const siteOf = (domain: string): Endpoint => {
    const target = targets.get(domain);
    if (target !== undefined) return target;
    if (host === null) return { host: domain, port };
    return host.kind === 'unix' ? { unix: host.path } : { host: host.host, port };
  };
  return {
    enabled,
    siteOf,
    proxyProtocol,
    maxSplices: Math.ceil(sessions * SPLICE_SHARE),
    rateBytesPerSecond: mask.rateBytesPerSecond / processes,
    networkRateBytesPerSecond: mask.ratePerNetworkBytesPerSecond,
  };
}

function withinAny(ranges: readonly Cidr[]): (ip: string) => boolean {
  return (ip) => {
    const address = parseIp(ip);
    return address !== null && ranges.some((range) => cidrContains(range, address));
  };
}
