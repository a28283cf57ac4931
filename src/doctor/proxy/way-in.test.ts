import { expect, test } from 'bun:test';
import { wayInFinding } from './way-in.ts';

test('without fake TLS a refusal does not blame the secret, which is not proved', () => {
  const trial = { kind: 'refused', reason: 'closed' } as const;
  expect(wayInFinding(trial, 'anna', 'ee').seen).toBe(
    'the secret of user anna is not taken (it closed the connection)',
  );
  expect(wayInFinding(trial, 'anna', 'dd').seen).toBe('Telegram does not answer user anna (it closed the connection)');
});

test('a refusal is told by its cause where that is known', () => {
  const trial = { kind: 'refused', reason: 'closed' } as const;
  const refusal = { why: 'the proxy is full', advice: 'make room' };
  expect(wayInFinding(trial, 'anna', 'ee', refusal)).toEqual({
    check: 'as a client',
    verdict: 'failed',
    seen: 'refused: the proxy is full',
    advice: 'make room',
  });
});
