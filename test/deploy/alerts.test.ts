import { expect, test } from 'bun:test';
import type { Snapshot } from '../../src/admin/snapshot.ts';
import { healthySnapshot } from '../../src/admin/snapshot-fixture.ts';
import { adviceOn, SIGNS, type Sign, warningSigns } from '../../src/admin/warning-signs.ts';
import { alerts, unknownMetrics } from './monitoring.ts';

const RULES = await alerts();
/** A window of time stands in an alert's own words. */
const WINDOW = /(over|in) the last (five )?(minutes?|hour)|since the start/g;

/** A proxy that shows every sign. */
function ailing(): Snapshot {
  const { governor, vitals, surroundings, ...healthy } = healthySnapshot();
  return {
    ...healthy,
    lobby: { waiting: 5, crowd: { network: '198.51.100.7', connections: 5 } },
    governor: { ...governor, usedBytes: governor.limitBytes },
    vitals: {
      ...vitals,
      cpuMinuteShare: 1,
      swapUsedBytes: 1e9,
      listenDrops: 1,
      sessionsRefused: 1,
      displaced: 7,
      descriptors: healthy.limits.descriptors,
      oomKills: 2,
      strangerBytes: 1e9,
    },
    surroundings: {
      ...surroundings,
      dataCenters: { 2: null, 4: 'timed out' },
      sites: { 'a.example': { kind: 'unreachable', reason: 'no answer' } },
      storage: { kind: 'unwritable', reason: 'the disk is full' },
      clockAheadMs: 3_600_000,
    },
  };
}

/** The words of a text, without figures, units, templates, windows of time and the details in parentheses. */
function words(text: string): string[] {
  const bare = text.replace(/ \(.*?\)/g, ' ');
  const plain = bare.replace(/\{\{.*?\}\}B?|[\d.]+( MB| %)?/g, ' ').replace(WINDOW, ' ');
  return plain.match(/[a-z]+/gi) ?? [];
}

function isSubsequence(part: readonly string[], whole: readonly string[]): boolean {
  let at = 0;
  for (const word of whole) if (word === part[at]) at += 1;
  return at === part.length;
}

test.each([...SIGNS])('the alert of the sign "%s" has its words and its advice', (sign: Sign) => {
  const [rule, ...others] = RULES.filter(({ labels }) => labels.sign === sign);
  expect(others).toEqual([]);
  expect(rule?.annotations.advice).toBe(adviceOn(sign));
  const { message = '' } = warningSigns(ailing()).find((warning) => warning.sign === sign) ?? {};
  const [said, wanted] = [words(rule?.annotations.summary ?? ''), words(message)];
  expect({ said, wanted, agree: isSubsequence(wanted, said) }).toEqual({ said, wanted, agree: true });
});

test('every alert asks for metrics that Petrel has, and says how serious it is and what to do', () => {
  expect(RULES.length).toBeGreaterThan(SIGNS.length);
  for (const { alert, expr, labels, annotations } of RULES) {
    expect({ alert, unknown: unknownMetrics(expr) }).toEqual({ alert, unknown: [] });
    expect(['warning', 'critical']).toContain(labels.severity);
    expect(annotations.summary).not.toBe('');
    expect(annotations.advice).not.toBe('');
  }
});
