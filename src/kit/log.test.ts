import { expect, test } from 'bun:test';
import { createLog, LOG_LEVELS, type LogLevel } from './log.ts';

function logTo(lines: string[], level: LogLevel, format: 'json' | 'pretty', colour = false) {
  return createLog({ level, format, colour, write: (line) => void lines.push(line) });
}

test.each([
  ['debug', 4],
  ['info', 3],
  ['warn', 2],
  ['error', 1],
] as const)('at level %s %d of four lines are written', (level, count) => {
  const lines: string[] = [];
  const log = logTo(lines, level, 'json');
  for (const each of LOG_LEVELS) log[each]('a line');
  expect(lines.map((line) => JSON.parse(line).level)).toEqual(LOG_LEVELS.slice(-count));
});

test('the level may change while running', () => {
  const lines: string[] = [];
  const log = logTo(lines, 'error', 'json');
  log.info('too early');
  log.level = 'info';
  log.info('in time');
  expect(lines).toHaveLength(1);
});

test('json has one object a line, with time, level, message and the fields', () => {
  const lines: string[] = [];
  logTo(lines, 'info', 'json').warn('it\nbroke', { dc: -2, reason: null, left: undefined, isNew: true });
  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toContain('\n');
  const { time, ...rest } = JSON.parse(lines[0] ?? '');
  expect(Math.abs(Date.parse(time) - Date.now())).toBeLessThan(5_000);
  expect(rest).toEqual({ level: 'warn', message: 'it\nbroke', dc: -2, reason: null, isNew: true });
});

test('pretty lines have time, level, message and quoted fields; no field can forge another line', () => {
  const lines: string[] = [];
  const log = logTo(lines, 'info', 'pretty');
  log.info('started', { port: 443, address: '[::1]:443', note: 'two words', empty: '', left: undefined });
  log.error('bad', { text: 'a"b\nc' });
  log.info('nothing more');
  expect(lines[0]).toMatch(
    /^\d\d:\d\d:\d\d info {2}started {2}port=443 address="\[::1\]:443" note="two words" empty=""$/,
  );
  expect(lines[1]).toMatch(/error bad {2}text="a\\"b\\nc"$/);
  expect(lines[2]).toMatch(/nothing more$/);
});

test('colour stands only around the level', () => {
  const lines: string[] = [];
  logTo(lines, 'info', 'pretty', true).warn('careful', { a: 1 });
  expect(lines[0]).toContain('\x1b[33mwarn \x1b[0m careful  a=1');
});

test.each(['json', 'pretty'] as const)('%s: nothing in a field can steer a terminal', (format) => {
  const lines: string[] = [];
  const log = createLog({ level: 'info', format, write: (line) => lines.push(line) });
  log.info('asked', { name: '\x1b[2Jevil\x9b31m\r\nfake line' });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are looked for
  expect(lines[0]).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  expect(lines[0]).toContain('evil');
});
