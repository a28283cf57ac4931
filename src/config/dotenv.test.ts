import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { readDotenv } from './dotenv.ts';

function variables(text: string): Record<string, string> {
  return Object.fromEntries(
    readDotenv(text).flatMap((line) => (line.kind === 'variable' ? [[line.name, line.value]] : [])),
  );
}

test('names, quotes, comments, export and either line ending', () => {
  const text = [
    '\uFEFF# comment',
    'A=1',
    'export B = two words  # comment',
    'C="double # \\"kept\\"\\n" # comment',
    "D='single \\n kept'",
    'E=',
    'F=# nothing',
    'G=a#b',
    '   ',
    'H=$A',
    'A=last wins',
  ].join('\r\n');
  expect(variables(text)).toEqual({
    A: 'last wins',
    B: 'two words',
    C: 'double # "kept"\n',
    D: 'single \\n kept',
    E: '',
    F: '',
    G: 'a#b',
    H: '$A',
  });
});

test.each(['FOO', '1A=2', 'A B=1', '=x', 'A="open', "A='open", 'A="x" y'])('%p is refused with its line', (line) => {
  expect(readDotenv(`X=1\n${line}\nY=2`).map(({ kind, line }) => [kind, line])).toEqual([
    ['variable', 1],
    ['reject', 2],
    ['variable', 3],
  ]);
});

test('any value survives double quotes', () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      const quoted = value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
      expect(variables(`A="${quoted}"`)).toEqual({ A: value });
    }),
  );
});
