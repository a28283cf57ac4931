import { expect, test } from 'bun:test';
import { healthySnapshot } from '../admin/snapshot-fixture.ts';
import { statusLines } from './status-view.ts';

const PLAIN = { columns: 100, hasColour: false };

test('what status shows of a healthy proxy', () => {
  expect(statusLines(healthySnapshot(), PLAIN)).toEqual([
    'petrel 1.2.3   serving 0.0.0.0:443 [::]:443   up 3 d 4 h',
    '',
    '  sessions     1,234 relayed (secure 34, tls 1,200)   1,260 of 9,984 open   45,678 since the start',
    '  traffic      down 3.4 MB/s, 12.3 GB in all   up 205 KB/s, 1.2 GB in all',
    '  Telegram     DC 2 40 ms, 12 ready   DC -4 never reached, 0 ready',
    '  strangers    123 since the start, 2 now   moved 0 B   wrong-secret 120   replay 3',
    '  memory       130 MB of 1.5 GB (this container or service)   process 70.0 MB   governor normal',
    '               swap of the machine 0 B',
    '  CPU          12 % of 0.8 CPU   event loop late by 3 ms at most in the last minute',
    '  descriptors  2,600 of 65,536',
    '  users',
    '               bert  8 of 8 connections from 2 networks   down 20.0 MB  up 2.0 MB',
    '               anna  5 of 8 connections from 2 networks   down 300 MB  up 30.0 MB, 32 % of the quota',
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
    '  Telegram     DC 2 40 ms, 12 ready, 1,200 unanswered, 127.0.0.1:443 fails (silent)',
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
  const [one] = healthySnapshot().users;
  const users = Array.from({ length: 40 }, (_, index) => ({ ...one, name: `u${index}`, connections: index }));
  const lines = statusLines(
    { ...healthySnapshot(), users: users as ReturnType<typeof healthySnapshot>['users'] },
    PLAIN,
  );
  expect(lines.filter((line) => / u\d+ /.test(line))).toHaveLength(12);
  expect(lines.some((line) => line.includes(' u39 '))).toBe(true);
  expect(lines).toContain('               and 28 more');
});

test('colour only where it is wanted', () => {
  expect(statusLines(healthySnapshot(), PLAIN).join('')).not.toContain('\x1b');
  expect(statusLines(healthySnapshot(), { columns: 100, hasColour: true })[0]).toStartWith('\x1b[1m');
});
