import { expect, test } from 'bun:test';
import type { WarningSign } from '../admin/warning-signs.ts';
import { createLog } from '../kit/log.ts';
import { WarningLog } from './warning-log.ts';

const CPU: WarningSign = { sign: 'cpu', message: 'CPU use is high', advice: 'fewer' };
const SWAP: WarningSign = { sign: 'swap', message: 'swapping', advice: 'more' };

test('a sign is told when it appears and when it has gone', () => {
  const lines: string[] = [];
  const write = (line: string) => {
    const { level, message, sign } = JSON.parse(line) as Record<string, string>;
    lines.push(`${level}: ${message} (${sign})`);
  };
  const warnings = new WarningLog(createLog({ level: 'info', format: 'json', write }));
  for (const standing of [[CPU], [{ ...CPU, message: 'CPU use is higher' }, SWAP], [SWAP], [], [CPU]]) {
    warnings.follow(standing);
  }
  expect(lines).toEqual([
    'warn: CPU use is high (cpu)',
    'warn: swapping (swap)',
    'info: a warning sign has gone (cpu)',
    'info: a warning sign has gone (swap)',
    'warn: CPU use is high (cpu)',
  ]);
});
