import { expect, test } from 'bun:test';
import { join } from 'node:path';
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

test('a reader that leaves is no fault, and ends what would go on showing', async () => {
  const program = `
    import { processTerminal } from ${JSON.stringify(join(import.meta.dir, 'terminal.ts'))};
    const terminal = processTerminal();
    let shown = 0;
    for (; !terminal.isDeserted && shown < 1_000; shown += 1) {
      terminal.out('shown\\n'.repeat(100));
      await terminal.flushed();
    }
    terminal.err(shown < 1_000 ? 'ended in time' : 'never noticed');`;
  const behindHead = Bun.spawn(['sh', '-c', '"$@" | head -n 1', 'sh', process.execPath, '-e', program], {
    stdout: 'pipe',
    stderr: 'pipe',
  });
  expect(await behindHead.stdout.text()).toBe('shown\n');
  expect(await behindHead.stderr.text()).toBe('ended in time');
});
