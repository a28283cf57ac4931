import { expect, test } from 'bun:test';
import { healthySnapshot } from '../../admin/snapshot-fixture.ts';
import { warningSigns } from '../../admin/warning-signs.ts';
import { runningFindings } from './running.ts';

test('nothing is said of a proxy that does not run', () => {
  expect(runningFindings({ kind: 'absent', reason: 'no socket' })).toEqual([]);
});

test('one that does not answer is a warning with the reason', () => {
  const [finding] = runningFindings({ kind: 'silent', reason: 'no answer in 4 seconds' });
  expect(finding).toMatchObject({ verdict: 'warning', seen: expect.stringContaining('no answer in 4 seconds') });
});

test('a healthy one', () => {
  expect(runningFindings({ kind: 'running', snapshot: healthySnapshot() })).toEqual([
    {
      check: 'running',
      verdict: 'ok',
      seen: 'petrel 1.2.3, process 4242, up 3 d 4 h, 1,234 sessions relayed',
      advice: null,
    },
  ]);
});

test('its warning signs stand in the words of status; swap is told of the machine', () => {
  const healthy = healthySnapshot();
  const figures = { ...healthy, vitals: { ...healthy.vitals, cpuMinuteShare: 0.95, swapUsedBytes: 1e9, oomKills: 2 } };
  const warnings = warningSigns(figures);
  expect(warnings.map(({ sign }) => sign)).toEqual(['cpu', 'swap', 'oom-kill']);
  const findings = runningFindings({ kind: 'running', snapshot: { ...figures, warnings } });
  expect(findings.slice(1)).toEqual(
    warnings
      .filter(({ sign }) => sign !== 'swap')
      .map(({ sign, message, advice }) => ({ check: sign, verdict: 'warning', seen: message, advice })),
  );
});

test.each([
  ['descriptors', 'accepting pauses: file descriptors ran out', 'raise the limit of open files'],
  ['workers', 'accepting pauses: no worker is alive', 'see the log of Petrel'],
] as const)('accepting that pauses for want of %s is a warning', (pause, seen, advice) => {
  const [finding] = runningFindings({ kind: 'running', snapshot: { ...healthySnapshot(), pause } });
  expect(finding).toMatchObject({
    verdict: 'warning',
    seen: expect.stringContaining(seen),
    advice: expect.stringContaining(advice),
  });
});
