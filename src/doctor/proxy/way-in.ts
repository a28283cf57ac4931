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

/**
 * What a user would meet at Petrel's own port.
 * @param refusal why the running proxy refused it, as far as that is known
 */
export function wayInFinding(
  trial: ClientTrial,
  user: string,
  kind: Secret['kind'],
  refusal: { readonly why: string; readonly advice: string } | null = null,
): Finding {
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
      if (refusal !== null) return failed(check, `refused: ${refusal.why}`, refusal.advice);
      return failed(
        check,
        kind === 'ee'
          ? `the secret of user ${user} is not taken (${REASONS[trial.reason]})`
          : `Telegram does not answer user ${user} (${REASONS[trial.reason]})`,
        'another server has this port, or Petrel runs with another configuration (restart it)',
      );
  }
}
