import { Histogram } from '../kit/histogram.ts';
import { DcLedger } from '../proxy/dc-ledger.ts';
import { Ledger } from '../proxy/ledger.ts';
import type { Snapshot } from './snapshot.ts';

const MB = 1024 * 1024;

/** The figures of a healthy proxy, for tests of what reads them. */
export function healthySnapshot(): Snapshot {
  const ledger = new Ledger();
  ledger.accepted = 45_678;
  ledger.open = 1_260;
  ledger.relaying = 1_234;
  ledger.relayingByMode = { classic: 0, secure: 34, tls: 1_200 };
  ledger.handshakes = { classic: 0, secure: 1_000, tls: 44_000 };
  ledger.outcomes.served = 43_000;
  ledger.strangers.replay = 3;
  ledger.strangers['wrong-secret'] = 120;
  ledger.splicing = 2;
  ledger.uplinkBytes = 1_200 * MB;
  ledger.downlinkBytes = 12_600 * MB;
  ledger.uplinkMessages = 300_000;
  ledger.downlinkMessages = 900_000;
  const dc = new DcLedger();
  dc.sessions = 45_000;
  dc.sessionsReady = 40_000;
  for (const ms of [38, 42, 40]) dc.dials.add(ms);
  ledger.dataCenters = { 2: dc, '-4': new DcLedger() };
  return {
    version: '1.2.3',
    runtime: 'Bun 1.4.5',
    pid: 4242,
    startedAtMs: 1_700_000_000_000,
    atMs: 1_700_000_000_000 + 273_600_000,
    addresses: ['0.0.0.0:443', '[::]:443'],
    pause: null,
    isDraining: false,
    surroundings: {
      dataCenters: { 1: null, 2: null, 3: null, 4: null, 5: null, 203: null },
      sites: {},
      storage: null,
      clockAheadMs: -40,
      clockAllowedMs: 120_000,
    },
    ledger,
    users: [user('anna', 5, 300 * MB), user('bert', 8, 20 * MB)],
    ready: { 2: 12 },
    failing: {},
    limits: { sessions: 9_984, descriptors: 65_536, memoryBytes: 1_536 * MB, cpus: 0.8 },
    governor: {
      level: 'normal',
      place: 'cgroup',
      usedBytes: 130 * MB,
      limitBytes: 1_536 * MB,
      othersBytes: 0,
      bufferBytes: 60 * MB,
      bufferBudgetBytes: 600 * MB,
      refused: 0,
      closedIdle: 0,
    },
    vitals: {
      rssBytes: 70 * MB,
      cpuSeconds: 1_234.5,
      cpuShare: 0.12,
      cpuMinuteShare: 0.1,
      uplinkBytesPerSecond: 0.2 * MB,
      downlinkBytesPerSecond: 3.4 * MB,
      descriptors: 2_600,
      swapUsedBytes: 0,
      loopLag: new Histogram([1, 10, 100]),
      worstLagMs: 2.4,
      listenDrops: 0,
      listenDropsSinceStart: 0,
      sessionsRefused: 0,
      displaced: 0,
      userBytes: 50_000_000,
      strangerBytes: 2_000_000,
      tlsAdmitted: 100,
      tlsRefusedForClock: 0,
      oomKills: 0,
    },
    lobby: { waiting: 24, crowd: null },
    warnings: [],
    workers: [],
    workersReplaced: 0,
  };
}

function user(name: string, connections: number, bytes: number): Snapshot['users'][number] {
  return {
    name,
    isEnabled: true,
    connections,
    maxConnections: 8,
    networks: 2,
    maxNetworks: 0,
    sessions: 100,
    uplinkBytes: bytes / 10,
    downlinkBytes: bytes,
    quotaBytes: name === 'anna' ? 1024 * MB : 0,
    expiresAtMs: null,
    uplinkMessages: 1_000,
    downlinkMessages: 2_000,
  };
}
