import { expect, test } from 'bun:test';
import type { Verdict } from '../../kit/finding.ts';
import { clockFinding } from './clock.ts';
import type { DcReading } from './data-centers.ts';

const SKEW_MS = 120_000;
const endpoint = { host: '127.0.0.1', port: 443 };

function answered(aheadMs: number, tookMs = 40): DcReading {
  return { dc: 2, endpoint, kind: 'answered', tookMs, aheadMs, connectMs: 30, address: endpoint, ip: '127.0.0.1' };
}

test.each<[number, Verdict, string]>([
  [0, 'ok', "agrees with Telegram's to the second"],
  [499, 'ok', "agrees with Telegram's to the second"],
  [7_400, 'ok', "7 s behind Telegram's"],
  [-59_000, 'ok', "59 s ahead of Telegram's"],
  [61_000, 'warning', "61 s behind Telegram's (120 s are allowed, tls.max_clock_skew)"],
  [-120_000, 'warning', "120 s ahead of Telegram's"],
  [-121_000, 'failed', "121 s ahead of Telegram's"],
  [3_600_000, 'failed', "3600 s behind Telegram's"],
])('a data centre that is %d ms ahead: %s', (aheadMs, verdict, seen) => {
  const finding = clockFinding([answered(aheadMs)], SKEW_MS);
  expect(finding.verdict).toBe(verdict);
  expect(finding.seen).toContain(seen);
});

test('where no fake TLS is served a wrong clock is a warning at most', () => {
  expect(clockFinding([answered(30_000)], null).verdict).toBe('ok');
  expect(clockFinding([answered(3_600_000)], null).verdict).toBe('warning');
});

test('the quickest answer counts', () => {
  expect(clockFinding([answered(90_000, 900), answered(100, 30), answered(70_000, 500)], SKEW_MS).verdict).toBe('ok');
});

test('without an answer it cannot be judged', () => {
  const finding = clockFinding(
    [
      { dc: 1, endpoint, kind: 'silent', address: endpoint, connectMs: 30, ip: '127.0.0.1' },
      { dc: 2, endpoint, kind: 'unreachable', reason: 'timed out' },
    ],
    SKEW_MS,
  );
  expect([finding.verdict, finding.seen]).toEqual(['warning', 'cannot be judged: no data centre answered']);
});
