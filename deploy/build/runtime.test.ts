import { expect, test } from 'bun:test';
import { reasonIn } from './runtime.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

test('why npm failed is its code, whatever its version calls an error and wherever it writes it', () => {
  const json = '{\n  "error": {\n    "code": "E404",\n    "summary": "Not Found - GET http://127.0.0.1:1/x"\n  }\n}\n';
  const told = [
    { stdout: '', stderr: `npm ERR! code E404\n${json}npm ERR! A complete log of this run can be found in:\n` }, // 8
    { stdout: json, stderr: 'npm ERR! code E404\nnpm ERR! A complete log of this run can be found in:\n' }, // 9
    { stdout: json, stderr: 'npm error code E404\nnpm error A complete log of this run can be found in: x\n' }, // 10, 11
  ];
  for (const { stdout, stderr } of told)
    expect(reasonIn({ stdout: bytes(stdout), stderr: bytes(stderr) })).toBe('E404');
});

test('without a code it is the last line that was said', () => {
  const missing = bytes('first\nbun: command not found: npm\n');
  expect(reasonIn({ stdout: bytes(''), stderr: missing })).toBe('bun: command not found: npm');
  expect(reasonIn({ stdout: bytes(''), stderr: bytes('') })).toBe('npm does not say why');
});
