import { expect, test } from 'bun:test';
import type { UserSnapshot } from '../admin/snapshot.ts';
import { healthySnapshot } from '../admin/snapshot-fixture.ts';
import { statusLines, waitingLines } from './status-view.ts';

const PLAIN = { columns: 100, hasColour: false };
const NARROW = [20, 40, 60, 80, 120];

/** A user without limits, and what a test changes of it. */
function changed(changes: Partial<UserSnapshot>): UserSnapshot {
  const [, bert] = healthySnapshot().users;
  if (bert === undefined) throw new Error('no user');
  return { ...bert, connections: 1, networks: 1, ...changes };
}

/** The line of each user, by name, without the label's room. */
function userLines(users: readonly UserSnapshot[], columns = 120): string[] {
  const lines = statusLines({ ...healthySnapshot(), users }, { ...PLAIN, columns });
  const head = lines.findIndex((line) => line.startsWith('  users'));
  return lines.slice(head + 1, head + 1 + users.length).map((line) => line.trim());
}

test('what status shows of a healthy proxy', () => {
  expect(statusLines(healthySnapshot(), PLAIN)).toEqual([
    'petrel 1.2.3   serving 0.0.0.0:443 [::]:443   up 3 d 4 h',
    '',
    '  sessions     1,234 relayed (secure 34, tls 1,200)   1,260 of 9,984 open   45,678 since the start',
    '  traffic      down 3.4 MB/s, 12.3 GB in all   up 205 KB/s, 1.2 GB in all',
    '  Telegram     6 of 6 DCs answer   DC 2 40 ms, 12 ready',
    '  strangers    123 since the start, 2 now   moved 0 B   wrong-secret 120   replay 3',
    '  memory       130 MB of 1.5 GB (this container or service)   process 70.0 MB   governor normal',
    '               swap of the machine 0 B',
    '  CPU          12 % of 0.8 CPU   event loop late by 3 ms at most in the last minute',
    '  descriptors  2,600 of 65,536',
    '  users        name  state                connections  networks  down     up       quota',
    '               bert  connections used up  8 of 8       2         20.0 MB  2.0 MB',
    '               anna                       5 of 8       2         300 MB   30.0 MB  32 %',
    '',
    'no warning signs',
  ]);
});

test('addresses that fail are shown with their data centre and its media id', () => {
  const healthy = healthySnapshot();
  const [dc] = Object.values(healthy.ledger.dataCenters);
  if (dc !== undefined) dc.sessionsUnanswered = 1_200;
  const failing = { 2: [{ address: '127.0.0.1:443', fault: 'silent' as const }], 4: [] };
  expect(statusLines({ ...healthy, failing }, PLAIN)).toContain(
    '               DC 2 40 ms, 12 ready, 1,200 unanswered, 127.0.0.1:443 fails (silent)',
  );
});

test('several workers are shown one by one', () => {
  const workers = [1, 2].map((number) => ({ pid: 4242 + number, sessions: 630, rssBytes: 36_700_160, cpuSeconds: 1 }));
  const lines = statusLines({ ...healthySnapshot(), workers, workersReplaced: 1 }, PLAIN);
  expect(lines.slice(10, 12)).toEqual([
    '  workers      process 4243: 630 open, 35.0 MB   process 4244: 630 open, 35.0 MB',
    '               1 replaced since the start',
  ]);
});

test('memory is shown in the place where it is tightest, with what others hold there', () => {
  const { governor, ...healthy } = healthySnapshot();
  const MB = 1024 * 1024;
  const lines = statusLines(
    {
      ...healthy,
      governor: { ...governor, place: 'sockets', usedBytes: 12 * MB, limitBytes: 212 * MB, othersBytes: 2_048 * MB },
    },
    PLAIN,
  );
  expect(lines[6]).toBe(
    "  memory       12.0 MB of 212 MB (the kernel's TCP memory)   others hold 2.0 GB   process 70.0 MB",
  );
});

test('warning signs with their advice, and accepting that pauses', () => {
  const warnings = [{ sign: 'cpu' as const, message: 'CPU use is high', advice: 'do this or that' }];
  const lines = statusLines({ ...healthySnapshot(), pause: 'descriptors' as const, warnings }, PLAIN);
  expect(lines[0]).toContain('not accepting (file descriptors ran out)');
  expect(lines.slice(-2)).toEqual(['warning sign cpu: CPU use is high', '  -> do this or that']);
});

test('what does not fit the width goes on in the next line', () => {
  const lines = statusLines(healthySnapshot(), { columns: 60, hasColour: false });
  expect(lines).toContain('  sessions     1,234 relayed (secure 34, tls 1,200)');
  expect(lines).toContain('               1,260 of 9,984 open   45,678 since the start');
});

test('many users are counted, the busiest shown', () => {
  const users = Array.from({ length: 40 }, (_, at) => changed({ name: `u${at}`, connections: at, isEnabled: at > 2 }));
  const lines = statusLines({ ...healthySnapshot(), users }, PLAIN);
  expect(lines.filter((line) => / u\d+ /.test(line))).toHaveLength(12);
  expect(lines.some((line) => line.includes(' u39 '))).toBe(true);
  expect(lines).toContain('               and 28 more: 20 connections used up, 3 disabled');
});

test('users that would be refused show why', () => {
  const { atMs } = healthySnapshot();
  const users = [
    changed({ name: 'a', isEnabled: false, expiresAtMs: 1 }),
    changed({ name: 'b', expiresAtMs: atMs }),
    changed({ name: 'c', expiresAtMs: atMs + 1 }),
    changed({ name: 'd', quotaBytes: 1_000, uplinkBytes: 400, downlinkBytes: 600 }),
    changed({ name: 'e', maxConnections: 1 }),
    changed({ name: 'f', maxNetworks: 1 }),
    changed({ name: 'g', maxNetworks: 2 }),
  ];
  const states = userLines(users).map((line) => [line.slice(0, 1), /^\w {5}([a-z]+(?: [a-z]+)*)/.exec(line)?.[1]]);
  expect(Object.fromEntries(states)).toEqual({
    a: 'disabled',
    b: 'expired',
    c: undefined,
    d: 'quota used up',
    e: 'connections used up',
    f: 'networks used up',
    g: undefined,
  });
  expect(userLines(users).find((line) => line.startsWith('g'))).toContain('1 of 2');
});

test.each(NARROW)('at %d columns no line is cut, and no figure is missing', (columns) => {
  const warnings = [
    { sign: 'cpu' as const, message: 'CPU use over the last minute is high', advice: 'do this or that' },
  ];
  const snapshot = { ...healthySnapshot(), warnings };
  const lines = statusLines(snapshot, { ...PLAIN, columns });
  const longest = Math.max(...lines.map((line) => line.length));
  if (columns >= 40) expect(longest).toBeLessThanOrEqual(columns);
  const words = (text: readonly string[]) => text.join(' ').split(/[\s]+/).sort();
  expect(words(lines)).toEqual(words(statusLines(snapshot, { ...PLAIN, columns: 200 })));
});

test('in a low window users give way to the warning signs', () => {
  const users = Array.from({ length: 12 }, (_, at) => changed({ name: `u${at}` }));
  const warnings = [{ sign: 'cpu' as const, message: 'CPU use is high', advice: 'do this or that' }];
  const snapshot = { ...healthySnapshot(), users, warnings };
  const lines = statusLines(snapshot, PLAIN, 19);
  expect(lines.length).toBe(19);
  expect(lines.slice(-2)).toEqual(['warning sign cpu: CPU use is high', '  -> do this or that']);
  expect(lines).toContain('               and 8 more');
  expect(statusLines(snapshot, PLAIN, 15)).toContain('  users        12');
});

test('a proxy that stops says so, and what is left', () => {
  const draining = { ...healthySnapshot(), isDraining: true };
  expect(statusLines(draining, PLAIN)[0]).toContain('draining: 1,260 sessions left, no more are accepted: 0.0.0.0:443');
});

test('waiting for the proxy fits the window', () => {
  const lines = waitingLines('no proxy runs with this data folder', { columns: 30, hasColour: false });
  expect(lines).toEqual(['waiting for the proxy: no', 'proxy runs with this data', 'folder']);
});

test('data centres that do not answer are named', () => {
  const { surroundings, ...healthy } = healthySnapshot();
  const dataCenters = { ...surroundings.dataCenters, 4: 'timed out', 203: 'refused' };
  const lines = statusLines({ ...healthy, surroundings: { ...surroundings, dataCenters } }, PLAIN);
  expect(lines).toContain('  Telegram     4 of 6 DCs answer, not 4, 203   DC 2 40 ms, 12 ready');
});

test('colour only where it is wanted', () => {
  expect(statusLines(healthySnapshot(), PLAIN).join('')).not.toContain('\x1b');
  expect(statusLines(healthySnapshot(), { columns: 100, hasColour: true })[0]).toStartWith('\x1b[1m');
});
