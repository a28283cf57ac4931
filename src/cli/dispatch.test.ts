import { expect, test } from 'bun:test';
import { plainKeys } from '../config/schema.ts';
import { readArguments } from './arguments.ts';
import { commands, plannedCommands } from './commands.ts';
import { dispatch } from './dispatch.ts';
import { TestTerminal } from './test-terminal.ts';

/** Wider help would be wrapped where people still have narrow windows. */
const MOST_COLUMNS = 100;

async function run(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const terminal = new TestTerminal();
  const code = await dispatch(argv, terminal);
  return { code, out: terminal.written, err: terminal.errors };
}

test.each([['--help'], ['-h'], ['help']])('petrel %s lists every command', async (argument) => {
  const { code, out, err } = await run(argument);
  expect([code, err]).toEqual([0, '']);
  for (const { name, summary } of commands)
    expect(out).toMatch(new RegExp(`^  ${name} .* {2}${summary}$|^  ${name} {2,}${summary}$`, 'm'));
  for (const name of plannedCommands) expect(out).toContain(name);
});

test('petrel help COMMAND and petrel COMMAND --help tell every option', async () => {
  for (const { name, options } of commands) {
    const asked = await run('help', name);
    expect(asked).toEqual(await run(name, '--help'));
    expect(asked.out).toStartWith(`Usage: petrel ${name}`);
    for (const [option, { doc }] of Object.entries(options))
      expect(asked.out).toMatch(new RegExp(`--${option}.*${doc.slice(0, 10)}`));
  }
});

test('the help of each command has examples, and each of them is a command line that is taken', async () => {
  for (const { name, examples } of commands) {
    const { out } = await run('help', name);
    expect(examples.length).toBeGreaterThan(0);
    for (const [line, meaning] of examples) {
      const shown = out.split('\n').find((text) => text.startsWith(`  ${line}  `));
      expect(shown).toEndWith(`  ${meaning}`);
      const [program, ...argv] = line.split(' ');
      expect([program, readArguments(argv)]).toMatchObject(['petrel', { kind: 'command', command: { name } }]);
    }
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(MOST_COLUMNS);
  }
  const { out } = await run('help');
  const shown = [...out.matchAll(/^ {2}petrel (.*?) {2,}\S/gm)].map(([, line = '']) => line);
  expect(shown).not.toEqual([]);
  for (const line of shown) expect(readArguments(line.split(' '))).toMatchObject({ kind: 'command' });
});

test('petrel --version', async () => {
  const { version } = await import('../../package.json');
  expect(await run('--version')).toEqual({ code: 0, out: `petrel ${version}\n`, err: '' });
});

test.each([
  [[], 'expected a command', '--help'],
  [['lnk'], 'unknown command lnk; did you mean link?', '--help'],
  [['stat'], 'unknown command stat; did you mean status?', '--help'],
  [['Doctor'], 'unknown command Doctor; did you mean doctor?', '--help'],
  [['start'], 'unknown command start; did you mean run?', '--help'],
  [['xyzzy'], 'unknown command xyzzy', '--help'],
  [['help', 'lnk'], 'unknown command lnk; did you mean link?', '--help'],
  [['--port', '1'], 'expected a command before --port', '--help'],
  [['run', '--prot', '1'], 'unknown option --prot; did you mean --port?', 'help run'],
  [['run', '--conf', 'x'], 'unknown option --conf; did you mean --config?', 'help run'],
  [['run', '--PORT', '1'], 'unknown option --PORT; did you mean --port?', 'help run'],
  [['run', '-x'], 'unknown option -x', 'help run'],
  [['run', '--port'], '--port expects a PORT', 'help run'],
  [['run', '--port', '-1'], '--port expects a PORT', 'help run'],
  [['link', '--svg', ''], '--svg expects a FILE; found ""', 'help link'],
  [['status', '--config='], '--config expects a FILE; found ""', 'help status'],
  [['run', '--listen', '127.0.0.1', '--listen', ''], '--listen expects an ADDRESS; found ""', 'help run'],
  [['link', '--qr=1'], '--qr takes no value', 'help link'],
  [['secret', 'x'], 'unexpected "x"', 'help secret'],
  [['link', 'a', 'b'], 'unexpected "b"', 'help link'],
])('%p is refused with advice and exit code 2', async (argv, reason, advice) => {
  const { code, out, err } = await run(...argv);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toStartWith(`petrel: ${reason}\npetrel ${advice} lists the `);
});

test.each([...plannedCommands])('%s is not available yet', async (name) => {
  const { code, err } = await run(name, 'add', '--anything');
  expect([code, err.split('\n')[0]]).toEqual([2, `petrel: ${name}: not available yet`]);
});

test('petrel run has an option for every key with a flag, and --config', () => {
  const flags = plainKeys.flatMap(({ key }) => key.flag ?? []);
  const options = Object.keys(commands.find(({ name }) => name === 'run')?.options ?? {});
  expect(options.toSorted()).toEqual(['config', ...flags].toSorted());
});

test('options, repeated options and operands reach the command', () => {
  expect(readArguments(['run', '--listen', '::1', '--listen=127.0.0.1', '--port', '5'])).toMatchObject({
    kind: 'command',
    command: { name: 'run' },
    values: { listen: ['::1', '127.0.0.1'], port: '5' },
    operands: [],
  });
  expect(readArguments(['link', '--qr', 'anna', '--svg', 'a.svg'])).toMatchObject({
    values: { qr: true, svg: 'a.svg' },
    operands: ['anna'],
  });
});

test.each(['0', '1.5', 'x', '-1', '99999999'])(
  'petrel demo --seconds=%s is refused with exit code 2',
  async (seconds) => {
    const { code, err } = await run('demo', `--seconds=${seconds}`);
    expect([code, err]).toEqual([
      2,
      `petrel: --seconds: expected a whole number from 1 to 86400; found "${seconds}"\n`,
    ]);
  },
);
