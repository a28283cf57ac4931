import { afterEach, expect, test } from 'bun:test';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cpuAllotment, oomKills, openDescriptors, swapUsedBytes } from './machine.ts';

const roots: string[] = [];
afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true });
});

/** A root folder with these files. */
function rootWith(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'petrel-machine-'));
  roots.push(root);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

const V2 = { 'proc/self/cgroup': '0::/system.slice/petrel.service\n' };

test.each<[string, Record<string, string>, number]>([
  ['no groups', {}, 1],
  ['version 2, the own group', { ...V2, 'sys/fs/cgroup/system.slice/petrel.service/cpu.max': '80000 100000\n' }, 0.8],
  [
    'version 2, the group above is narrower',
    {
      ...V2,
      'sys/fs/cgroup/system.slice/petrel.service/cpu.max': 'max 100000\n',
      'sys/fs/cgroup/system.slice/cpu.max': '50000 100000\n',
    },
    0.5,
  ],
  [
    'a container, whose root is its own group',
    { 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/cpu.max': '20000 100000\n' },
    0.2,
  ],
  ['more than we can use', { ...V2, 'sys/fs/cgroup/system.slice/petrel.service/cpu.max': '400000 100000\n' }, 1],
  [
    'version 1, whose mount shows only the container',
    {
      'proc/self/cgroup': '5:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n',
      'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '80000\n',
      'sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
    },
    0.8,
  ],
  [
    'version 1 without a limit',
    {
      'proc/self/cgroup': '4:cpu,cpuacct:/\n',
      'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
      'sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
    },
    1,
  ],
  ['nonsense', { ...V2, 'sys/fs/cgroup/system.slice/petrel.service/cpu.max': 'lots\n' }, 1],
])('CPU allotment: %s', (_name, files, expected) => {
  expect(cpuAllotment(1, rootWith(files))).toBe(expected);
});

test('OOM kills: of the own group, else of the machine, else none', () => {
  const machine = { 'proc/vmstat': 'oom_kill_disable 9\noom_kill 3\n' };
  const group = {
    'sys/fs/cgroup/system.slice/petrel.service/memory.events': 'low 0\noom 2\noom_kill 1\noom_group_kill 7\n',
  };
  expect(oomKills(rootWith({}))).toBe(0);
  expect(oomKills(rootWith(machine))).toBe(3);
  expect(oomKills(rootWith({ ...machine, ...V2, ...group }))).toBe(1);
});

test('swap in use', () => {
  expect(
    swapUsedBytes(rootWith({ 'proc/meminfo': 'SwapCached: 5 kB\nSwapTotal:     2048 kB\nSwapFree:  1024 kB\n' })),
  ).toBe(1024 * 1024);
  expect(swapUsedBytes(rootWith({}))).toBe(0);
});

test('open descriptors of this process', () => {
  const before = openDescriptors();
  const descriptor = openSync('/dev/null', 'r');
  expect(openDescriptors()).toBe(before + 1);
  closeSync(descriptor);
  expect(openDescriptors('/nowhere')).toBe(0);
});
