import { expect, test } from 'bun:test';
import type { WarningSign } from '../admin/warning-signs.ts';
import { createLog } from '../kit/log.ts';
import { Repeats } from '../kit/repeats.ts';
import { WarningLog } from './warning-log.ts';

const CPU: WarningSign = { sign: 'cpu', message: 'CPU use is high', advice: 'fewer' };
const SWAP: WarningSign = { sign: 'swap', message: 'swapping', advice: 'more' };

const DC_2: WarningSign = { sign: 'telegram', message: 'DC 2 cannot be reached', advice: 'look' };
const DC_4: WarningSign = { sign: 'telegram', message: 'DC 4 cannot be reached', advice: 'look' };
const MINUTE_MS = 60_000;

/** @param looks the signs that show at each look, a minute after the other unless said otherwise */
function toldOf(looks: readonly (readonly WarningSign[])[], everyMs = MINUTE_MS): string[] {
  const lines: string[] = [];
  const write = (line: string) => {
    const { level, message, sign } = JSON.parse(line) as Record<string, string>;
    lines.push(`${level}: ${message} (${sign})`);
  };
  let now = 0;
  const warnings = new WarningLog(createLog({ level: 'info', format: 'json', write }), new Repeats(() => now));
  for (const standing of looks) {
    warnings.follow(standing);
    now += everyMs;
  }
  return lines;
}

test('a sign is told when it appears and when it has gone', () => {
  const looks = [[CPU], [{ ...CPU, message: 'CPU use is higher' }, SWAP], [SWAP], [], [CPU]];
  expect(toldOf(looks)).toEqual([
    'warn: CPU use is high (cpu)',
    'warn: swapping (swap)',
    'info: warning cleared (cpu)',
    'info: warning cleared (swap)',
    'warn: CPU use is high (cpu)',
  ]);
});

test('a sign that names what fails is told again when something else fails', () => {
  expect(toldOf([[DC_2], [DC_2], [DC_4], []])).toEqual([
    'warn: DC 2 cannot be reached (telegram)',
    'warn: DC 4 cannot be reached (telegram)',
    'info: warning cleared (telegram)',
  ]);
});

test('what comes and goes is told once a minute; what stays in the end is told', () => {
  const flapping = Array.from({ length: 12 }, (_, look) => (look % 2 === 0 ? [CPU] : []));
  expect(toldOf(flapping, MINUTE_MS / 24)).toEqual(['warn: CPU use is high (cpu)', 'info: warning cleared (cpu)']);
  expect(toldOf([...flapping, ...Array.from({ length: 24 }, () => [CPU])], MINUTE_MS / 24)).toEqual([
    'warn: CPU use is high (cpu)',
    'info: warning cleared (cpu)',
    'warn: CPU use is high (cpu)',
  ]);
});
