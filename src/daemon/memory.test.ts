import { expect, test } from 'bun:test';
import { RootFolder } from '../../test/support/root-folder.ts';
import type { MemoryPlace } from '../proxy/pressure.ts';
import { type Level, levelAfter } from '../proxy/pressure.ts';
import { Memory } from './memory.ts';

const MB = 1024 * 1024;
const PAGE_BYTES = 4096;
const V1_NO_LIMIT = '9223372036854771712\n';

type Files = Readonly<Record<string, string>>;

/** 2 GB of which 1.2 are available; the process holds 100 MB, TCP 40 MB. What the kernel gives to TCP does not show. */
const INSIDE: Files = {
  'proc/meminfo': `MemTotal:  ${2048 * 1024} kB\nMemFree:  1 kB\nMemAvailable:  ${1200 * 1024} kB\n`,
  'proc/self/status': `VmRSS:\t ${130 * 1024} kB\nRssAnon:\t ${100 * 1024} kB\nRssFile:\t ${30 * 1024} kB\n`,
  'proc/net/sockstat': `sockets: used 9\nTCP: inuse 3 orphan 0 tw 0 alloc 4 mem ${pages(40)}\nUDP: inuse 0 mem 7\n`,
};
/** The same, and TCP gets at most 180 MB. */
const HOST: Files = { ...INSIDE, 'proc/sys/net/ipv4/tcp_mem': `${pages(90)}\t${pages(120)}\t${pages(180)}\n` };

/** Of 24 GB: 2,249 MB. */
const TCP_OF_A_BIG_HOST: Files = { 'proc/sys/net/ipv4/tcp_mem': '287901\t383868\t575802\n' };
const PROXY_PID = 99;

/** What TCP holds on the whole machine. */
function sockstat(mb: number): string {
  return `TCP: inuse 3 orphan 0 tw 0 alloc 4 mem ${pages(mb)}\n`;
}

function pages(mb: number): number {
  return (mb * MB) / PAGE_BYTES;
}

/** Files of a version 2 group. */
function v2(folder: string, usedMb: number, limit: string, cacheMb = 0, socketsMb = 0): Files {
  return {
    [`sys/fs/cgroup/${folder}memory.current`]: `${usedMb * MB}\n`,
    [`sys/fs/cgroup/${folder}memory.max`]: `${limit}\n`,
    [`sys/fs/cgroup/${folder}memory.stat`]: `anon 1\nfile 7\nsock ${socketsMb * MB}\ninactive_anon 5\ninactive_file ${(cacheMb / 4) * MB}\nactive_file ${(cacheMb * 3 * MB) / 4}\n`,
  };
}

/** Files of a version 1 group; its own figures differ from the sums over the groups below. */
function v1(folder: string, usedMb: number, limit: string, cacheMb = 0): Files {
  return {
    [`sys/fs/cgroup/memory/${folder}memory.usage_in_bytes`]: `${usedMb * MB}\n`,
    [`sys/fs/cgroup/memory/${folder}memory.limit_in_bytes`]: `${limit}\n`,
    [`sys/fs/cgroup/memory/${folder}memory.stat`]: `inactive_file 1\nactive_file 2\ntotal_inactive_file ${(cacheMb / 2) * MB}\ntotal_active_file ${(cacheMb / 2) * MB}\n`,
    [`sys/fs/cgroup/memory/${folder}memory.kmem.tcp.limit_in_bytes`]: V1_NO_LIMIT,
    [`sys/fs/cgroup/memory/${folder}memory.kmem.tcp.usage_in_bytes`]: '0\n',
  };
}

const SERVICE: Files = { 'proc/self/cgroup': '0::/system.slice/petrel.service\n' };
const CONTAINER: Files = { 'proc/self/cgroup': '0::/\n' };
const V1_CONTAINER: Files = { 'proc/self/cgroup': '5:cpu,cpuacct:/docker/abc\n4:memory:/docker/abc\n0::/docker/abc\n' };

test.each<[string, Files, number]>([
  ['no groups: the host', HOST, 2048],
  ['version 2, a container', { ...HOST, ...CONTAINER, ...v2('', 100, String(1536 * MB)) }, 1536],
  [
    'version 2, the group above is narrower',
    {
      ...HOST,
      ...SERVICE,
      ...v2('system.slice/petrel.service/', 100, 'max'),
      ...v2('system.slice/', 200, String(700 * MB)),
    },
    700,
  ],
  ['version 2 without a limit', { ...HOST, ...SERVICE, ...v2('system.slice/petrel.service/', 100, 'max') }, 2048],
  ['more than the host has', { ...HOST, ...CONTAINER, ...v2('', 100, String(8192 * MB)) }, 2048],
  ['version 1, a container', { ...HOST, ...V1_CONTAINER, ...v1('', 100, String(512 * MB)) }, 512],
  ['version 1, nested', { ...HOST, ...V1_CONTAINER, ...v1('docker/abc/', 100, String(256 * MB)) }, 256],
  ['version 1 without a limit', { ...HOST, ...V1_CONTAINER, ...v1('', 100, V1_NO_LIMIT) }, 2048],
  ['nonsense', { ...HOST, ...CONTAINER, ...v2('', 100, 'lots') }, 2048],
])('the limit: %s', (_name, files, expectedMb) => {
  using root = new RootFolder(files);
  expect(new Memory({ root: root.path }).limit()).toBe(expectedMb * MB);
});

/** Where memory is tightest, and whose it is. Our sockets hold 40 MB, all that TCP has. */
function readingOf(files: Files, socketsMb = 40) {
  using root = new RootFolder(files);
  const memory = new Memory({ root: root.path, proxyPid: PROXY_PID, socketBytes: () => socketsMb * MB });
  const reading = memory.read();
  const { place, usedBytes, limitBytes, othersBytes } = reading;
  const figures = { place, usedMb: usedBytes / MB, limitMb: limitBytes / MB, othersMb: othersBytes / MB };
  return { figures, level: levelAfter('normal', reading), reading };
}

test.each<[string, Files, { place: MemoryPlace; usedMb: number; limitMb: number; othersMb: number }]>([
  [
    'a small host: what the process and its sockets hold, and what is available',
    { ...HOST, 'proc/meminfo': `MemTotal:  ${512 * 1024} kB\nMemAvailable:  ${60 * 1024} kB\n` },
    { place: 'host', usedMb: 140, limitMb: 200, othersMb: 312 },
  ],
  [
    'sockets, where the kernel lets them have little',
    HOST,
    { place: 'sockets', usedMb: 40, limitMb: 180, othersMb: 0 }, // 22 %, of the host only 10 %
  ],
  [
    'sockets in a container, which cannot read their limit: three thirty-seconds of the host',
    INSIDE,
    { place: 'sockets', usedMb: 40, limitMb: 192, othersMb: 0 },
  ],
  [
    'a container without its page cache',
    { ...HOST, ...CONTAINER, ...v2('', 900, String(1536 * MB), 400, 20) },
    { place: 'cgroup', usedMb: 500, limitMb: 1536, othersMb: 0 },
  ],
  [
    'a group above, which others fill: what they use is no limit of ours',
    {
      ...HOST,
      ...SERVICE,
      ...v2('system.slice/petrel.service/', 120, String(1536 * MB)),
      ...v2('system.slice/', 1_380, String(1400 * MB)),
    },
    { place: 'cgroup', usedMb: 120, limitMb: 140, othersMb: 1_260 },
  ],
  [
    'a group above that is over its limit: nothing is left',
    {
      ...HOST,
      ...SERVICE,
      ...v2('system.slice/petrel.service/', 120, 'max'),
      ...v2('system.slice/', 1_500, String(1400 * MB)),
    },
    { place: 'cgroup', usedMb: 120, limitMb: 120, othersMb: 1_380 },
  ],
  [
    'other programs in the same group, and their sockets; what the proxy itself started is ours',
    {
      ...HOST,
      ...CONTAINER,
      ...v2('', 1_100, String(1536 * MB), 0, 240),
      'sys/fs/cgroup/cgroup.procs': `${PROXY_PID}\n100\n101\n102\n`,
      'proc/100/status': `PPid:\t1\nRssAnon:\t ${700 * 1024} kB\n`,
      'proc/101/status': `PPid:\t${PROXY_PID}\nRssAnon:\t ${60 * 1024} kB\n`, // 102 has just ended
    },
    { place: 'cgroup', usedMb: 200, limitMb: 636, othersMb: 900 },
  ],
  [
    'version 1',
    { ...HOST, ...V1_CONTAINER, ...v1('', 300, String(512 * MB), 100) },
    { place: 'cgroup', usedMb: 200, limitMb: 512, othersMb: 0 },
  ],
  [
    'version 1 where socket buffers are counted, apart',
    {
      ...HOST,
      ...V1_CONTAINER,
      ...v1('', 300, String(512 * MB), 100),
      'sys/fs/cgroup/memory/memory.kmem.tcp.limit_in_bytes': `${64 * MB}\n`,
      'sys/fs/cgroup/memory/memory.kmem.tcp.usage_in_bytes': `${30 * MB}\n`,
    },
    { place: 'cgroup', usedMb: 230, limitMb: 512, othersMb: 0 },
  ],
])('memory in use: %s', (_name, files, expected) => {
  expect(readingOf(files).figures).toEqual(expected);
});

test('in a group of its own all sockets are ours, also those that are closed and still deliver', () => {
  const { figures } = readingOf({ ...HOST, ...CONTAINER, ...v2('', 100, String(128 * MB), 0, 30) }, 10);
  expect(figures).toEqual({ place: 'cgroup', usedMb: 100, limitMb: 128, othersMb: 0 });
});

test('where nobody can tell, all sockets of the machine are ours', () => {
  using root = new RootFolder(HOST);
  const { place, usedBytes } = new Memory({ root: root.path }).read();
  expect([place, usedBytes]).toEqual(['sockets', 40 * MB]);
});

test('a container counts its own sockets, not those of the whole machine', () => {
  const { figures } = readingOf({ ...HOST, ...CONTAINER, ...v2('', 50, String(10_000 * MB), 0, 4) });
  expect(figures).toEqual({
    place: 'host', // 8 %; of the sockets 4 of 144 MB
    usedMb: 104,
    limitMb: 1_304,
    othersMb: 744,
  });
});

test.each<[string, Files, Level]>([
  ['2 GB of 2.2', { ...HOST, ...TCP_OF_A_BIG_HOST, 'proc/net/sockstat': sockstat(2_048) }, 'normal'],
  ['all of it', { ...HOST, ...TCP_OF_A_BIG_HOST, 'proc/net/sockstat': sockstat(2_253) }, 'tight'],
  ['more than a container thinks there is', { ...INSIDE, 'proc/net/sockstat': sockstat(400) }, 'tight'],
])("other programs hold TCP's memory, %s: nobody is refused", (_name, files, level) => {
  expect(readingOf(files, 0.1).level).toBe(level);
});

test("sockets of our own that use TCP's memory up are a shortage of our own", () => {
  const files = { ...HOST, 'proc/net/sockstat': sockstat(175) };
  expect(readingOf(files, 170)).toMatchObject({
    level: 'critical',
    figures: { place: 'sockets', usedMb: 170, othersMb: 5 },
  });
});

test('what others hold is not there to grow into, and what may fill up is looked at in every place', () => {
  const alone = readingOf({ ...HOST, 'proc/net/sockstat': sockstat(0) }, 0).reading;
  expect([alone.growthBytes, alone.leftBytes]).toEqual([90 * MB, 180 * MB]); // half of TCP's memory
  const beside = readingOf({ ...HOST, 'proc/net/sockstat': sockstat(160) }, 0).reading;
  expect([beside.growthBytes, beside.leftBytes]).toEqual([10 * MB, 1_200 * MB]); // TCP's is not ours to fill
});

test('several processes share what there is, and each reckons for all', () => {
  using root = new RootFolder({ ...HOST, 'proc/net/sockstat': sockstat(100) });
  const memory = new Memory({ root: root.path, processes: 4, socketBytes: () => 20 * MB });
  expect(memory.read()).toMatchObject({
    place: 'sockets',
    usedBytes: 80 * MB,
    othersBytes: 20 * MB,
    growthBytes: (160 * MB) / 2 / 4,
  });
});

test('a limit that is changed while we run counts at once', () => {
  using root = new RootFolder({ ...HOST, ...CONTAINER, ...v2('', 500, 'max') });
  const memory = new Memory({ root: root.path });
  expect(memory.read().place).toBe('host');
  root.write(v2('', 500, String(600 * MB)));
  expect(memory.read()).toMatchObject({ place: 'cgroup', usedBytes: 500 * MB, limitBytes: 600 * MB });
});

test('a system that tells nothing is no reason to fail', () => {
  using root = new RootFolder({});
  const { usedBytes, limitBytes } = new Memory({ root: root.path }).read();
  expect(usedBytes).toBe(0);
  expect(limitBytes).toBeGreaterThan(0);
});

test('on this machine there is a plausible figure', () => {
  const memory = new Memory();
  const { usedBytes, limitBytes } = memory.read();
  expect(usedBytes).toBeGreaterThan(0);
  expect(usedBytes).toBeLessThan(limitBytes);
  expect(memory.limit()).toBeGreaterThan(64 * MB);
});
