import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { PetrelFolder, PetrelProcess } from '../support/petrel-process.ts';
import { USER_KEY } from '../support/proxy.ts';

/** The processes that this one has started. */
function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

test('no secret stands in the environment of a worker, and no process leaves a core dump', async () => {
  using folder = new PetrelFolder();
  folder.configure({ top: 'workers = 2', toml: '[mask]\nenabled = false' });
  const env = { USER1_SECRET: USER_KEY, USER_2_SECRET: 'fedcba9876543210', PETREL_ADMIN_TOKEN: '', HOME: folder.path };
  await using petrel = await PetrelProcess.serving(folder, { env });
  const workers = childrenOf(petrel.pid);
  expect(workers.length).toBeGreaterThanOrEqual(2);
  for (const pid of workers) {
    const environment = readFileSync(`/proc/${pid}/environ`, 'latin1');
    expect(environment).toContain(`HOME=${folder.path}`);
    expect(environment).not.toMatch(/SECRET|PETREL/);
    expect(environment).not.toContain(USER_KEY);
  }
  for (const pid of [petrel.pid, ...workers])
    expect(readFileSync(`/proc/${pid}/limits`, 'utf8')).toMatch(/^Max core file size +0 +0 /m);
});
