import { expect, test } from 'bun:test';
import { wantsColour } from './terminal.ts';

test.each([
  [true, {}, true],
  [true, { NO_COLOR: '' }, true],
  [true, { NO_COLOR: '1' }, false],
  [true, { TERM: 'dumb' }, false],
  [false, {}, false],
])('terminal %p with %p has colour: %p', (isTerminal, env, hasColour) => {
  expect(wantsColour(isTerminal, env)).toBe(hasColour);
});
