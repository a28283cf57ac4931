/** Why a session ended: one closed set, also the label of logs and metrics. */
export const OUTCOMES = [
  'served', // relayed, both sides finished
  'reset', // relayed, one side reset the connection
  'idle', // relayed, nothing moved for the idle limit
  'unanswered', // relayed, and the data centre ended it, or let the client wait, without a byte
  'vanished', // relayed, one side acknowledged nothing for 110 s though something waited for it
  'violation', // relayed, the client sent what is no fake TLS
  'quota', // relayed, the user's quota ran out
  'cut', // ended by the operator: user removed or disabled, or the drain's limit
  'masked', // a stranger, spliced to the fronted site
  'discarded', // a stranger, read and discarded
  'site-unreachable', // a stranger, and no fronted site to splice to but ourselves
  'unknown-sni', // a stranger, refused for the name that it asked for
  'untrusted', // no or a bad PROXY header
  'left', // the client went away before its handshake was complete
  'silent', // no byte within the first-byte limit
  'stalled', // no complete handshake within the limit, after the flight
  'bad-header', // right secret, but the init header inside fake TLS made no sense
  'unknown-dc',
  'dc-unreachable',
  'memory', // closed because memory was critical: the longest quiet, or a stranger that held much
  'displaced', // it had proved nothing yet and waited longest when room was needed
  'superseded', // a user's, silent or without an answer, when one of its new ones had no place
  'full', // over the limit of all sessions, or memory was critical, and nobody could be spared
  'lost', // its worker process ended
] as const;

export type Outcome = (typeof OUTCOMES)[number];

/** Why somebody is a stranger. */
export const STRANGER_REASONS = [
  'not-a-client', // neither fake TLS nor an init header
  'wrong-secret',
  'unknown-sni',
  'clock-skew',
  'replay',
  'mode-off',
  'truncated', // ended or stalled before its first message was complete
  'user-disabled',
  'user-expired',
  'user-quota',
  'user-connections',
  'user-networks',
  'address-connections',
  'undecided', // the process that decides did not answer in time
] as const;

export type StrangerReason = (typeof STRANGER_REASONS)[number];
