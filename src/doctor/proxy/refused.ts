import type { Snapshot } from '../../admin/snapshot.ts';
import type { Outcome, StrangerReason } from '../../proxy/outcome.ts';

/** What the proxy counted when it refused a trial, with the sentence for it: whatever is likelier first. */
interface Cause {
  readonly why: (user: string) => string;
  readonly advice: string;
}

const AS_STRANGER: Partial<Record<StrangerReason, Cause>> = {
  'user-networks': {
    why: (user) => `user ${user} is in as many networks as it may be in, and this machine is another one`,
    advice: 'that is no fault; raise users.*.max_ips if clients are refused too',
  },
  'user-connections': {
    why: (user) => `user ${user} has as many sessions as it may have`,
    advice: 'raise users.*.max_connections if clients are refused too (one phone opens 3 to 8)',
  },
  'user-quota': { why: (user) => `the quota of user ${user} is used up`, advice: 'raise users.*.quota' },
  'user-expired': { why: (user) => `the time of user ${user} is over`, advice: 'set users.*.expires' },
  'user-disabled': {
    why: (user) => `the running proxy has user ${user} disabled, or does not know it`,
    advice: 'reload it (SIGHUP) or restart it: the configuration on disk says otherwise',
  },
  'address-connections': {
    why: () => 'this machine has as many connections as one network may have',
    advice: 'raise limits.max_connections_per_ip if clients are refused too',
  },
  'clock-skew': {
    why: () => "the running proxy's clock differs from this command's",
    advice: 'see that both run on the same machine',
  },
  'mode-off': {
    why: () => 'the running proxy has this kind of secret switched off',
    advice: 'reload it (SIGHUP) or restart it: the configuration on disk says otherwise',
  },
  'unknown-sni': {
    why: () => 'the running proxy fronts another domain',
    advice: 'reload it (SIGHUP) or restart it: tls.domain on disk is another one',
  },
  undecided: {
    why: () => 'the process that decides for all workers did not answer in time',
    advice: 'the machine is overloaded: see the warning signs',
  },
  'wrong-secret': {
    why: (user) => `the running proxy has another secret for user ${user}`,
    advice: 'reload it (SIGHUP) or restart it: the configuration on disk says otherwise',
  },
};

const AS_OUTCOME: Partial<Record<Outcome, Cause>> = {
  full: {
    why: () => 'the proxy is full: as many sessions stand as there may be, or memory is nearly used up',
    advice: 'see the warning signs; raise limits.max_connections if memory allows, or move to a bigger server',
  },
  untrusted: {
    why: () => 'the running proxy wants a PROXY header from a trusted balancer',
    advice: 'reload it (SIGHUP) or restart it if the configuration on disk says otherwise',
  },
  'site-unreachable': {
    why: () => 'the proxy took this command for a stranger, and the fronted site cannot be reached',
    advice: 'see what was found about the site',
  },
};

/**
 * Why the running proxy refused a trial: by what it counted meanwhile.
 * @returns null when it counted nothing of the kind: then it was not this proxy that answered
 */
export function refusalBetween(
  before: Snapshot,
  after: Snapshot,
  user: string,
): { why: string; advice: string } | null {
  const causes = [
    ...grown(AS_STRANGER, before.ledger.strangers, after.ledger.strangers),
    ...grown(AS_OUTCOME, before.ledger.outcomes, after.ledger.outcomes),
  ];
  const [cause] = causes;
  return cause === undefined ? null : { why: cause.why(user), advice: cause.advice };
}

function grown<Key extends string>(
  causes: Partial<Record<Key, Cause>>,
  before: Readonly<Record<Key, number>>,
  after: Readonly<Record<Key, number>>,
): Cause[] {
  return Object.entries<Cause | undefined>(causes).flatMap(([key, cause]) =>
    cause !== undefined && after[key as Key] > before[key as Key] ? [cause] : [],
  );
}
