import type { Snapshot } from '../../admin/snapshot.ts';
import type { Config } from '../../config/schema.ts';
import type { EndReason } from '../../demo/client/options.ts';
import { type Finding, failed, ok } from '../../kit/finding.ts';
import { cidrContains, parseIp } from '../../kit/ip.ts';
import type { UserTerms } from '../../proxy/user.ts';
import { writeProxyHeader } from '../../wire/proxy-header.ts';
import type { Secret } from '../../wire/secret.ts';
import { latencyText } from '../amounts.ts';
import type { ClientTrial } from './as-client.ts';

const NOBODY = { ip: '', port: 0 };

/** A user who is not at a limit, as far as the running proxy tells; null when there is none. */
export function userWithRoom(users: readonly UserTerms[], running: Snapshot | null): UserTerms | null {
  const states = new Map(running?.users.map((state) => [state.name, state]));
  const hasRoom = ({ name }: UserTerms) => {
    const state = states.get(name);
    if (state === undefined) return running === null; // made after the proxy read its users
    const { connections, maxConnections, uplinkBytes, downlinkBytes, quotaBytes } = state;
    const isFull = maxConnections > 0 && connections >= maxConnections;
    return !isFull && (quotaBytes === 0 || uplinkBytes + downlinkBytes < quotaBytes);
  };
  return users.find(hasRoom) ?? null;
}

/** The secret that the user's preferred link carries. */
export function secretOf({ key }: UserTerms, { modes, tls }: Config): Secret {
  if (modes.tls) return { kind: 'ee', key, domain: tls.domains[0] ?? '' };
  return { kind: modes.secure ? 'dd' : 'plain', key, domain: '' };
}

/**
 * What the proxy wants before anything else from `ip`, which comes past its load balancer.
 * @returns null for nothing, 'distrusted' when it takes connections from other addresses only
 */
export function prefaceFor(ip: string, { proxyProtocol }: Config): Uint8Array | null | 'distrusted' {
  if (!proxyProtocol.enabled) return null;
  const address = parseIp(ip);
  const isTrusted = address !== null && proxyProtocol.trusted.some((range) => cidrContains(range, address));
  return isTrusted ? writeProxyHeader(1, NOBODY, NOBODY) : 'distrusted';
}

const REASONS: Record<EndReason | 'silent', string> = {
  silent: 'no answer in time',
  closed: 'it closed the connection',
  reset: 'it reset the connection',
  refused: 'it refused the connection',
  'bad-flight': 'its answer is not signed with that secret',
  'bad-stream': 'its answer is not of Telegram',
  'closed-by-us': 'given up',
};

/** What a user would meet at Petrel's own port. */
export function wayInFinding(trial: ClientTrial, user: string, kind: Secret['kind']): Finding {
  const check = 'as a client';
  switch (trial.kind) {
    case 'answered':
      return ok(check, `user ${user} gets in, and Telegram answers behind Petrel in ${latencyText(trial.tookMs)}`);
    case 'no-answer':
      return failed(
        check,
        `user ${user} gets in, but DC 2 does not answer behind Petrel`,
        'see what was found about the data centres: Petrel goes the same way',
      );
    case 'refused':
      return failed(
        check,
        kind === 'ee'
          ? `the secret of user ${user} is not taken (${REASONS[trial.reason]})`
          : `Telegram does not answer user ${user} (${REASONS[trial.reason]})`,
        'another server has this port, Petrel runs with another configuration (restart it), or the user is at one of its limits (petrel status)',
      );
  }
}
