import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MEMORY_SETTINGS, NETWORK_SETTINGS, settingFindings } from './kernel-settings.ts';
import { SystemFiles } from './system-files.ts';
import { MachineFolder } from './system-files-fixture.ts';

const SCRIPT = join(import.meta.dir, '../../../optimize_system_lowres.sh');

function findings(changes: Record<string, string | null>) {
  using folder = new MachineFolder(changes);
  return settingFindings(NETWORK_SETTINGS, folder.files);
}

test('as tuned', () => {
  expect(findings({}).map(({ check, verdict, seen }) => [check, verdict, seen])).toEqual([
    ['congestion', 'ok', 'bbr with fq'],
    ['buffers', 'ok', "a socket's may be up to 16.0 MB to receive, 16.0 MB to send"],
    ['queues', 'ok', '4,096 connections may wait to be accepted, 4,096 be half open'],
    ['fast open', 'ok', 'on'],
    ['local ports', 'ok', '55,296, from 10240 to 65535'],
    ['conntrack', 'ok', '1,234 connections tracked, of at most 65,536'],
  ]);
});

const SYS = 'proc/sys/net';

test.each<[string, Record<string, string | null>, string]>([
  ['congestion', { [`${SYS}/ipv4/tcp_congestion_control`]: 'cubic\n' }, 'cubic with fq'],
  ['congestion', { [`${SYS}/core/default_qdisc`]: 'pfifo_fast\n' }, 'bbr with pfifo_fast'],
  ['buffers', { [`${SYS}/core/rmem_max`]: '212992\n' }, 'up to 208 KB to receive, 16.0 MB to send'],
  ['queues', { [`${SYS}/core/somaxconn`]: '128\n' }, '128 connections may wait to be accepted'],
  ['queues', { [`${SYS}/ipv4/tcp_max_syn_backlog`]: '256\n' }, '256 be half open'],
  ['fast open', { [`${SYS}/ipv4/tcp_fastopen`]: '1\n' }, 'tcp_fastopen = 1'],
  ['local ports', { [`${SYS}/ipv4/ip_local_port_range`]: '32768\t60999\n' }, '28,232'],
  ['conntrack', { [`${SYS}/netfilter/nf_conntrack_max`]: '7680\n' }, 'of at most 7,680'],
  ['conntrack', { [`${SYS}/netfilter/nf_conntrack_count`]: '60000\n' }, '60,000 connections tracked'],
])('%s, case %#, is a warning that names the script', (check, changes, seen) => {
  const bad = findings(changes).filter(({ verdict }) => verdict !== 'ok');
  expect(bad).toEqual([
    {
      check,
      verdict: 'warning',
      seen: expect.stringContaining(seen),
      advice: expect.stringContaining('sudo ./optimize_system_lowres.sh'),
    },
  ]);
});

test('a container that hides settings is not blamed for them', () => {
  const hidden = findings({
    [`${SYS}/core/default_qdisc`]: null,
    [`${SYS}/core/rmem_max`]: null,
    [`${SYS}/netfilter/nf_conntrack_max`]: null,
  });
  expect(hidden.map(({ check, verdict, seen }) => [check, verdict, seen])).toEqual([
    ['congestion', 'ok', 'bbr'],
    ['queues', 'ok', expect.any(String)],
    ['fast open', 'ok', 'on'],
    ['local ports', 'ok', expect.any(String)],
    ['conntrack', 'ok', 'connections are not tracked here'],
  ]);
  const nothing = settingFindings([...NETWORK_SETTINGS, ...MEMORY_SETTINGS], new SystemFiles('/nowhere'));
  expect(nothing.map(({ check }) => check)).toEqual(['conntrack']);
});

test('what the tuning script sets is what the doctor wants', () => {
  const rows = readFileSync(SCRIPT, 'utf8').matchAll(/^([a-z]+\.[\w.]+) \| ([^|]+?) \|/gm);
  const tuned = [...rows].map(([, name = '', value = '']) => [
    `proc/sys/${name.replaceAll('.', '/')}`,
    `${value.replace(/[+-]/g, '').split(' ').join('\t')}\n`,
  ]);
  expect(tuned.length).toBeGreaterThan(10);
  using folder = new MachineFolder(Object.fromEntries(tuned));
  const untuned = settingFindings([...NETWORK_SETTINGS, ...MEMORY_SETTINGS], folder.files).filter(
    ({ verdict }) => verdict !== 'ok',
  );
  expect(untuned).toEqual([]);
});
