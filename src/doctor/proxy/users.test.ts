import { expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from '../../config/load-fixture.ts';
import { createFile } from '../../store/create-file.ts';
import { NOTHING_KEPT } from '../../store/store.ts';
import { readUsers, usableUsers, usersFinding } from './users.ts';

const NOW = Date.parse('2026-06-01T12:00:00Z');
const secret = (digit: number) => `secret = "${`1a2b3c4d5e6f708${digit}`.repeat(2)}"`;

function examine(users: string, dataDir = '/nowhere/data') {
  const reading = readUsers(load({ toml: `data_dir = "${dataDir}"\n${users}` }));
  return { finding: usersFinding(reading, NOW), usable: usableUsers(reading.users, NOW).map(({ name }) => name) };
}

test('none yet is fine: the first start makes one', () => {
  expect(examine('')).toMatchObject({
    finding: { verdict: 'ok', seen: expect.stringContaining('first start') },
    usable: [],
  });
});

test('disabled and expired ones are told apart', () => {
  const users = [
    `[users.anna]\n${secret(1)}`,
    `[users.bert]\n${secret(2)}\nenabled = false`,
    `[users.carl]\n${secret(3)}\nexpires = "2026-05-31"`,
    `[users.dora]\n${secret(4)}\nexpires = "2026-06-01"`,
  ];
  const { finding, usable } = examine(users.join('\n'));
  expect(finding).toMatchObject({ verdict: 'ok', seen: '4 users, of whom 2 disabled or expired' });
  expect(usable).toEqual(['anna', 'dora']);
  expect(examine(users[1] ?? '').finding).toMatchObject({
    verdict: 'warning',
    advice: expect.stringContaining('nobody'),
  });
});

test('users of the data folder count; a store that cannot be read is a warning without a secret', () => {
  const folder = mkdtempSync(join(tmpdir(), 'petrel-users-'));
  try {
    const emil = { name: 'emil', key: new Uint8Array(16).fill(7) };
    createFile(join(folder, 'petrel.db'), { ...NOTHING_KEPT, users: [emil] });
    const { finding, usable } = examine(`[users.anna]\n${secret(1)}`, folder);
    expect([finding.seen, usable]).toEqual(['2 users', ['anna', 'emil']]);
    writeFileSync(join(folder, 'petrel.db'), 'no database at all, but longer than a header would be'.repeat(20));
    const broken = examine(`[users.anna]\n${secret(1)}`, folder);
    expect(broken.finding).toMatchObject({ verdict: 'warning', seen: expect.stringContaining('cannot be read') });
    expect(broken.usable).toEqual(['anna']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
