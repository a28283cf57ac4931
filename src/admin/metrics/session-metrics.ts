import { MODES } from '../../proxy/ledger.ts';
import { OUTCOMES, STRANGER_REASONS } from '../../proxy/outcome.ts';
import { bothWays, byMember, limit, type Metric, zeroOrOne } from './metric.ts';

export const sessionMetrics: readonly Metric[] = [
  {
    name: 'petrel_sessions_accepted_total',
    type: 'counter',
    unit: 'sessions',
    help: 'Client connections accepted.',
    labels: [],
    read: ({ ledger }) => [[ledger.accepted]],
  },
  {
    name: 'petrel_sessions_total',
    type: 'counter',
    unit: 'sessions',
    help: 'Sessions that have ended, by why.',
    labels: ['outcome'],
    read: ({ ledger }) => byMember(OUTCOMES, (outcome) => ledger.outcomes[outcome]),
  },
  {
    name: 'petrel_handshakes_total',
    type: 'counter',
    unit: 'sessions',
    help: 'Sessions that proved a secret and were admitted, by how the client speaks.',
    labels: ['mode'],
    read: ({ ledger }) => byMember(MODES, (mode) => ledger.handshakes[mode]),
  },
  {
    name: 'petrel_sessions_open',
    type: 'gauge',
    unit: 'sessions',
    help: 'Sessions that stand, handshakes and strangers included.',
    labels: [],
    read: ({ ledger }) => [[ledger.open]],
  },
  {
    name: 'petrel_sessions_relaying',
    type: 'gauge',
    unit: 'sessions',
    help: 'Sessions that are joined to a data centre, by how the client speaks.',
    labels: ['mode'],
    read: ({ ledger }) => byMember(MODES, (mode) => ledger.relayingByMode[mode]),
  },
  {
    name: 'petrel_sessions_limit',
    type: 'gauge',
    unit: 'sessions',
    help: 'Sessions that may stand at once; absent without a limit.',
    labels: [],
    read: ({ limits }) => limit(limits.sessions),
  },
  {
    name: 'petrel_accepting',
    type: 'gauge',
    unit: '0 or 1',
    help: 'Whether connections are accepted; 0 while descriptors are short or no worker is alive.',
    labels: [],
    read: ({ pause }) => [[zeroOrOne(pause === null)]],
  },
  {
    name: 'petrel_accept_pauses_total',
    type: 'counter',
    unit: 'pauses',
    help: 'How often accepting paused because descriptors were short.',
    labels: [],
    read: ({ ledger }) => [[ledger.acceptPauses]],
  },
  {
    name: 'petrel_traffic_bytes_total',
    type: 'counter',
    unit: 'bytes',
    help: 'Bytes relayed for all users since the start.',
    labels: ['direction'],
    read: ({ ledger }) => bothWays(ledger.uplinkBytes, ledger.downlinkBytes),
  },
  {
    name: 'petrel_messages_total',
    type: 'counter',
    unit: 'messages',
    help: 'Chunks relayed for all users since the start: what one read brought, for most traffic one message.',
    labels: ['direction'],
    read: ({ ledger }) => bothWays(ledger.uplinkMessages, ledger.downlinkMessages),
  },
];

export const strangerMetrics: readonly Metric[] = [
  {
    name: 'petrel_strangers_total',
    type: 'counter',
    unit: 'sessions',
    help: 'Sessions taken for strangers, by why; replays and users over a limit are among the reasons.',
    labels: ['reason'],
    read: ({ ledger }) => byMember(STRANGER_REASONS, (reason) => ledger.strangers[reason]),
  },
  {
    name: 'petrel_strangers_splicing',
    type: 'gauge',
    unit: 'sessions',
    help: 'Strangers that are joined to a fronted site.',
    labels: [],
    read: ({ ledger }) => [[ledger.splicing]],
  },
  {
    name: 'petrel_stranger_bytes_total',
    type: 'counter',
    unit: 'bytes',
    help: 'Bytes moved between strangers and fronted sites since the start.',
    labels: ['direction'],
    read: ({ ledger }) => bothWays(ledger.strangerUplinkBytes, ledger.strangerDownlinkBytes),
  },
];
