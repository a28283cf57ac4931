import { expect, test } from 'bun:test';
import type { Finding, Verdict } from '../../kit/finding.ts';
import { machineFindings } from './machine.ts';
import { SystemFiles } from './system-files.ts';
import { limits, MachineFolder, meminfo } from './system-files-fixture.ts';

type Changes = Record<string, string | null>;

function examine(changes: Changes, { pid = null as number | null, maxConnections = 0 } = {}): Finding[] {
  using folder = new MachineFolder(changes);
  return machineFindings({ files: folder.files, pid, maxConnections });
}

function only(findings: readonly Finding[], check: string): Finding {
  const found = findings.filter((finding) => finding.check === check);
  expect(found).toHaveLength(1);
  return found[0] ?? Promise.reject(new Error(check));
}

test('a tuned server of 1 vCPU and 2 GB: every check is fine', () => {
  expect(examine({}).map(({ check, verdict, seen }) => [check, verdict, seen])).toEqual([
    ['processor', 'ok', '1 CPU'],
    ['kernel', 'ok', 'Linux 6.1.0-30-amd64'],
    ['memory', 'ok', expect.stringMatching(/^1.9 GB; 1.5 GB available; room for \d+,\d+ sessions$/)],
    ['swap', 'ok', '4.0 MB of 1.0 GB in use'],
    ['OOM kills', 'ok', 'none since the boot'],
    ['open files', 'ok', 'a process started here may have 65,536 open: room for 32,752 sessions'],
    ['descriptors', 'ok', '1,184 in use on the whole machine, of no bound'],
    ['overcommit', 'ok', 'vm.overcommit_memory = 1'],
    ['swappiness', 'ok', 'vm.swappiness = 10'],
  ]);
});

test.each<[string, Changes, Verdict, string]>([
  ['processor', { 'sys/fs/cgroup/cpu.max': '80000 100000\n' }, 'ok', '1 CPU, limited to 0.8 (container or unit)'],
  ['processor', { 'sys/fs/cgroup/cpu.max': '20000 100000\n' }, 'warning', '1 CPU, limited to 0.2 (container or unit)'],
  [
    'processor',
    { 'proc/cpuinfo': 'processor\t: 0\nflags\t: sse2\nprocessor\t: 1\n' },
    'failed',
    '2 CPUs, without SSE4.2',
  ],
  ['processor', { 'proc/cpuinfo': 'processor\t: 0\nFeatures\t: fp asimd\n' }, 'ok', '1 CPU'],
  ['kernel', { 'proc/sys/kernel/osrelease': '5.4.0-generic\n' }, 'warning', 'Linux 5.4.0-generic'],
  ['kernel', { 'proc/sys/kernel/osrelease': '5.10.0\n' }, 'ok', 'Linux 5.10.0'],
  ['memory', { 'proc/meminfo': meminfo({ total: 960, available: 700 }) }, 'warning', '960 MB; 700 MB available'],
  ['memory', { 'proc/meminfo': meminfo({ total: 1967, available: 90 }) }, 'warning', '1.9 GB; 90.0 MB available'],
  ['memory', { 'sys/fs/cgroup/memory.max': '1610612736\n' }, 'ok', 'limited to 1.5 GB'],
  [
    'memory',
    { 'sys/fs/cgroup/user.slice/memory.max': '536870912\n' },
    'warning',
    'limited to 512 MB (container or unit)',
  ],
  ['memory', { 'sys/fs/cgroup/memory.max': 'max\n' }, 'ok', '1.9 GB; 1.5 GB available'],
  [
    'memory',
    { 'proc/self/cgroup': '4:memory:/x\n', 'sys/fs/cgroup/memory/x/memory.limit_in_bytes': '9223372036854771712\n' },
    'ok',
    '1.9 GB; 1.5 GB available',
  ],
  ['swap', { 'proc/meminfo': meminfo({ total: 1967, available: 900 }) }, 'ok', 'none'],
  [
    'swap',
    { 'proc/meminfo': meminfo({ total: 1967, available: 900, swapTotal: 1024, swapFree: 900 }) },
    'warning',
    'the machine has 124 MB swapped out, above 100 MB',
  ],
  ['OOM kills', { 'proc/vmstat': 'oom_kill 1\n' }, 'warning', 'killed 1 process for want of memory since the boot'],
  [
    'open files',
    { 'proc/self/limits': limits(1024) },
    'warning',
    '1,024 open: room for 496 sessions, wanted are 10,000',
  ],
  ['open files', { 'proc/self/limits': limits('unlimited') }, 'ok', 'a process started here may have any number open'],
  ['descriptors', { 'proc/sys/fs/file-nr': '900 0 1000\n' }, 'warning', '900 in use on the whole machine, of 1,000'],
  ['overcommit', { 'proc/sys/vm/overcommit_memory': '0\n' }, 'ok', 'vm.overcommit_memory = 0'],
  ['overcommit', { 'proc/sys/vm/overcommit_memory': '2\n' }, 'warning', 'vm.overcommit_memory = 2'],
  ['swappiness', { 'proc/sys/vm/swappiness': '60\n' }, 'warning', 'vm.swappiness = 60'],
])('%s, case %#', (check, changes, verdict, seen) => {
  const finding = only(examine(changes), check);
  expect(finding.verdict).toBe(verdict);
  expect(finding.seen).toContain(seen);
  if (verdict === 'warning') expect(finding.advice).not.toBeNull();
});

test('the running proxy counts, not the shell that the doctor was called from', () => {
  const changes = {
    'proc/77/limits': limits(65_536),
    'proc/77/cgroup': '0::/system.slice/petrel.service\n',
    'proc/self/limits': limits(1024),
    'sys/fs/cgroup/system.slice/petrel.service/memory.max': '1610612736\n',
    'sys/fs/cgroup/system.slice/petrel.service/memory.events': 'oom 4\noom_kill 2\noom_group_kill 0\n',
    'proc/vmstat': 'oom_kill 3\n',
  };
  const findings = examine(changes, { pid: 77 });
  expect(only(findings, 'open files').seen).toStartWith('Petrel (process 77) may have 65,536 open');
  expect(only(findings, 'memory').seen).toContain('limited to 1.5 GB');
  expect(only(findings, 'OOM kills').seen).toContain(
    'killed 3 processes for want of memory since the boot, 2 of them in Petrel',
  );
});

test('open files are measured against the sessions that are allowed', () => {
  expect(only(examine({ 'proc/self/limits': limits(1024) }, { maxConnections: 400 }), 'open files').verdict).toBe('ok');
  const many = only(examine({}, { maxConnections: 50_000 }), 'open files');
  expect([many.verdict, many.seen]).toEqual(['warning', expect.stringContaining('wanted are 50,000')]);
});

test('where the kernel tells nothing, nothing is said', () => {
  expect(machineFindings({ files: new SystemFiles('/nowhere'), pid: null, maxConnections: 0 })).toEqual([]);
});

test('this machine, whatever it is, is read without a fault', () => {
  const findings = machineFindings({ files: new SystemFiles(), pid: process.pid, maxConnections: 0 });
  expect(findings.length).toBeGreaterThan(5);
  for (const { seen } of findings) expect(seen).not.toMatch(/NaN|undefined|null|Infinity/);
});
