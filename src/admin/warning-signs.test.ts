import { expect, test } from 'bun:test';
import type { Snapshot } from './snapshot.ts';
import { healthySnapshot } from './snapshot-fixture.ts';
import { adviceOn, warningSigns } from './warning-signs.ts';

const MB = 1024 * 1024;
type Change = { [Part in 'governor' | 'vitals' | 'limits' | 'surroundings' | 'lobby']?: Partial<Snapshot[Part]> };

function changed({ governor, vitals, limits, surroundings, lobby }: Change): Snapshot {
  const healthy = healthySnapshot();
  return {
    ...healthy,
    governor: { ...healthy.governor, ...governor },
    vitals: { ...healthy.vitals, ...vitals },
    limits: { ...healthy.limits, ...limits },
    surroundings: { ...healthy.surroundings, ...surroundings },
    lobby: { ...healthy.lobby, ...lobby },
  };
}

test('a healthy proxy shows none', () => {
  expect(warningSigns(healthySnapshot())).toEqual([]);
});

test.each<[string, Change, string]>([
  ['memory', { governor: { usedBytes: 1_450 * MB } }, 'memory in use is 1450 MB, above 1434 MB'],
  ['memory', { governor: { usedBytes: 480 * MB, limitBytes: 512 * MB } }, 'memory in use is 480 MB, above 478 MB'],
  [
    'memory',
    { governor: { usedBytes: 1_450 * MB, limitBytes: 8_192 * MB } },
    'memory in use is 1450 MB, above 1434 MB',
  ],
  [
    'memory',
    {
      governor: { level: 'tight', place: 'sockets', usedBytes: MB, limitBytes: 3 * MB, othersBytes: 2_048 * MB },
    },
    "other programs hold 2.0 GB of the kernel's TCP memory, Petrel 1.0 MB; 2.0 MB left",
  ],
  [
    'memory',
    {
      governor: { level: 'critical', place: 'host', usedBytes: 60 * MB, limitBytes: 70 * MB, othersBytes: 1_900 * MB },
    },
    'other programs hold 1.9 GB of this machine, Petrel 60.0 MB; 10.0 MB left',
  ],
  ['cpu', { vitals: { cpuMinuteShare: 0.91 } }, 'CPU use over the last minute is 91 % of 0.8 CPU, above 80 %'],
  ['swap', { vitals: { swapUsedBytes: 150 * MB } }, 'the machine has 150 MB swapped out, above 100 MB'],
  [
    'dropped',
    { vitals: { listenDrops: 3 } },
    'connections were dropped in the last five minutes: 3 by the kernel, 0 by Petrel',
  ],
  [
    'dropped',
    { vitals: { sessionsRefused: 2 } },
    'connections were dropped in the last five minutes: 0 by the kernel, 2 by Petrel',
  ],
  [
    'crowd',
    { vitals: { displaced: 8_976 }, lobby: { crowd: { network: '198.51.100.7', connections: 1_024 } } },
    '8976 connections that proved nothing were closed in the last five minutes to make room; 198.51.100.7 had most of them, 1024 at once',
  ],
  [
    'descriptors',
    { vitals: { descriptors: 900 }, limits: { descriptors: 1024 } },
    '900 of 1024 file descriptors are in use, above 80 %',
  ],
  ['oom-kill', { vitals: { oomKills: 1 } }, 'the kernel killed 1 process for want of memory since the start'],
  [
    'strangers',
    { vitals: { strangerBytes: 150 * MB, userBytes: 50 * MB } },
    'strangers moved 150 MB to and from the fronted site in the last five minutes, 75 % of all traffic',
  ],
  ['oom-kill', { vitals: { oomKills: 2 } }, 'the kernel killed 2 processes for want of memory since the start'],
])('%s: %j', (sign, change, message) => {
  const [warning, ...others] = warningSigns(changed(change));
  expect(others).toEqual([]);
  expect(warning).toMatchObject({ sign, message });
  expect(warning?.advice).toMatch(/bigger server|open files|firewall|mask\.rate/);
});

test('what others hold is no sign while there is room', () => {
  const governor = { place: 'host', usedBytes: 60 * MB, limitBytes: 300 * MB, othersBytes: 1_700 * MB } as const;
  expect(warningSigns(changed({ governor }))).toEqual([]);
});

test('on the line itself there is no sign', () => {
  const onTheLine = changed({
    lobby: { crowd: { network: '198.51.100.7', connections: 1_024 } }, // long ago
    vitals: {
      cpuMinuteShare: 0.8,
      swapUsedBytes: 100 * MB,
      descriptors: 800,
      strangerBytes: 200 * MB,
      userBytes: 200 * MB,
    },
    limits: { descriptors: 1_000 },
    governor: { usedBytes: 1.4 * 1024 * MB },
  });
  expect(warningSigns(onTheLine)).toEqual([]);
});

const ALL_FAIL = { 1: 'timed out', 2: 'timed out', 203: 'timed out' };

test.each<[string, Change, string]>([
  ['telegram', { surroundings: { dataCenters: { 1: null, 4: 'timed out' } } }, 'DC 4 cannot be reached (timed out)'],
  ['telegram', { surroundings: { dataCenters: { 4: 'timed out' } } }, 'DC 4 cannot be reached (timed out)'],
  [
    'telegram',
    { surroundings: { dataCenters: { 1: null, 2: 'timed out', 4: 'refused' } } },
    'DC 2, 4 cannot be reached (DC 2: timed out; DC 4: refused)',
  ],
  ['telegram', { surroundings: { dataCenters: ALL_FAIL } }, 'no DC can be reached (timed out)'],
  [
    'site',
    { surroundings: { sites: { 'a.example': { kind: 'unreachable', reason: 'no answer' } } } },
    'the fronted site cannot be reached (a.example: no answer)',
  ],
  [
    'site',
    { surroundings: { sites: { 'a.example': { kind: 'unfit', reason: 'it does not speak TLS 1.3' } } } },
    'the fronted site cannot be imitated (a.example: it does not speak TLS 1.3)',
  ],
  [
    'storage',
    { surroundings: { storage: { kind: 'unwritable', reason: 'the disk is full' } } },
    'the data folder cannot be written (the disk is full)',
  ],
  [
    'storage',
    { surroundings: { storage: { kind: 'damaged', reason: 'quotas start at 0' } } },
    'the data folder had a damaged database (quotas start at 0)',
  ],
  ['clock', { surroundings: { clockAheadMs: 200_000 } }, "this machine's clock differs from Telegram's (200 s ahead)"],
  ['clock', { surroundings: { clockAheadMs: -61_000 } }, "this machine's clock differs from Telegram's (61 s behind)"],
  [
    'clock',
    { surroundings: { clockAheadMs: -61_000, clockAllowedMs: null } },
    "this machine's clock differs from Telegram's (61 s behind)",
  ],
  [
    'clock',
    { surroundings: { clockAheadMs: null }, vitals: { tlsAdmitted: 1, tlsRefusedForClock: 9 } },
    "this machine's clock differs from its clients' (9 of 10 with a right secret were refused in the last five minutes)",
  ],
  [
    'clock',
    { vitals: { tlsAdmitted: 0, tlsRefusedForClock: 3 } },
    "this machine's clock differs from its clients' (3 of 3 with a right secret were refused in the last five minutes, though it agrees with Telegram's)",
  ],
])('what is needed and fails shows: %s %j', (sign, change, message) => {
  expect(warningSigns(changed(change))).toEqual([
    { sign, message, advice: adviceOn(sign as Parameters<typeof adviceOn>[0]) },
  ] as ReturnType<typeof warningSigns>);
});

test.each<[string, Change]>([
  ['nothing is known yet', { surroundings: { dataCenters: {}, clockAheadMs: null } }],
  ['a clock within half of what is allowed', { surroundings: { clockAheadMs: 60_000 } }],
  ['a clock within what is allowed more', { surroundings: { clockAheadMs: 200_000, clockAllowedMs: 600_000 } }],
  ['one phone with a wrong clock among many', { vitals: { tlsAdmitted: 20, tlsRefusedForClock: 20 } }],
  ['two refusals', { vitals: { tlsAdmitted: 0, tlsRefusedForClock: 2 } }],
])('no sign: %s', (_name, change) => {
  expect(warningSigns(changed(change))).toEqual([]);
});
