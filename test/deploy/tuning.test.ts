import { afterAll, describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { canBuildServers, SmallServer, withoutLoads } from './small-server.ts';
import {
  HEADER,
  JOURNAL_FILE,
  LIMITS_FILE,
  lineOf,
  MODULES_FILE,
  OUR_FILES,
  SETTINGS,
  STATE,
  SYSCTL_FILE,
} from './tuning-script.ts';
import { asLines, TUNED, UNTUNED } from './tuning-values.ts';

/** This machine's own values, which no run may touch. */
const realValues = () =>
  SETTINGS.map(({ name }) => {
    try {
      return readFileSync(`/proc/sys/${name.replaceAll('.', '/')}`, 'utf8');
    } catch {
      return null; // not here, or not for us to read
    }
  });
const realBefore = realValues();
afterAll(() => expect(realValues()).toEqual(realBefore));

describe.skipIf(!canBuildServers)('the first run', () => {
  test('changes the kernel, keeps it in files of its own and remembers what was before', () => {
    using server = new SmallServer();
    const { code, out, err } = server.run();
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(Object.fromEntries(SETTINGS.map(({ name }) => [name, server.setting(name).replaceAll('\t', ' ')]))).toEqual(
      TUNED,
    );
    expect(server.file(SYSCTL_FILE)).toBe([HEADER, ...asLines(TUNED), ''].join('\n'));
    expect(server.file(MODULES_FILE)).toBe(`${HEADER}\ntcp_bbr\nnf_conntrack\n`);
    expect(server.file(LIMITS_FILE)).toBe(`${HEADER}\n* soft nofile 65536\nroot soft nofile 65536\n`);
    expect(server.file(JOURNAL_FILE)).toBe(`${HEADER}\n[Journal]\nSystemMaxUse=200M\n`);
    expect(server.restarts).toBe('restart systemd-journald.service\n');
    expect(server.loads).toEqual(['-q tcp_bbr']);
    expect(OUR_FILES.map((path) => server.mode(path))).toEqual([0o644, 0o644, 0o644, 0o644]);
    expect(server.file(STATE)?.trim().split('\n').slice(1)).toEqual(asLines(UNTUNED));
    expect(server.mode(STATE)).toBe(0o600);
    expect(lineOf(out, 'net.ipv4.tcp_rmem')).toBe('4096 131072 6291456 -> 4096 32768 16777216');
    expect(lineOf(out, 'net.core.somaxconn')).toBe('4096, already so');
    expect(lineOf(out, 'fs.file-max')).toBe('9223372036854775807, kept (higher)');
    expect(lineOf(out, 'vm.overcommit_memory')).toBe('0, kept (lower)');
    expect(out).toContain('log in again');
    expect(out).not.toContain('\x1b');
  });

  test('is not repeated by the second', () => {
    using server = new SmallServer();
    server.run();
    const once = server.everything();
    const { code, out } = server.run();
    expect(code).toBe(0);
    expect(out).toContain('0 changed');
    expect(out).toContain('Nothing to change.');
    expect(withoutLoads(server.everything())).toEqual(withoutLoads(once));
  });
});

describe.skipIf(!canBuildServers)('a dry run', () => {
  test('shows before, after and why, and touches nothing', () => {
    using server = new SmallServer();
    server.drop('net.core.netdev_max_backlog');
    const before = withoutLoads(server.everything());
    const { code, out } = server.run(['--dry-run']);
    expect(code).toBe(0);
    expect(withoutLoads(server.everything())).toEqual(before);
    expect(server.loads).toEqual([]);
    expect(lineOf(out, 'net.ipv4.tcp_congestion_control')).toBe('cubic -> bbr');
    expect(lineOf(out, 'net.core.netdev_max_backlog')).toBe('skipped: this kernel has no such setting');
    expect(lineOf(out, LIMITS_FILE)).toBe('would hold nofile 65536');
    for (const { name, reason } of SETTINGS) expect(out.includes(reason)).toBe(name !== 'net.core.netdev_max_backlog');
    expect(out).toContain('Nothing was touched.');
  });

  test('says the same without root', () => {
    using server = new SmallServer();
    const asRoot = server.run(['--dry-run']);
    const asNobody = server.run(['--dry-run'], { through: 'setpriv --reuid=65534 --regid=65534 --clear-groups' });
    expect(asNobody.code).toBe(0);
    expect(asNobody.out.replace(/^.*modules-load.*$|^\d+ would.*$/gm, '')).toBe(
      asRoot.out.replace(/^.*modules-load.*$|^\d+ would.*$/gm, ''), // nobody may not ask this server's modprobe
    );
  });
});

describe.skipIf(!canBuildServers)('a machine that goes further', () => {
  const FURTHER = {
    'net.core.rmem_max': '33554432',
    'net.ipv4.tcp_rmem': '8192\t16384\t33554432',
    'net.ipv4.ip_local_port_range': '1024\t60999',
    'net.ipv4.tcp_fin_timeout': '15',
    'net.core.somaxconn': '65535',
    'fs.file-max': '18446744073709551615',
    'vm.swappiness': '1',
  };

  test('keeps its own numbers, each for itself', () => {
    using server = new SmallServer(FURTHER);
    const { out } = server.run();
    expect(Object.fromEntries(Object.keys(FURTHER).map((name) => [name, server.setting(name)]))).toEqual({
      ...FURTHER,
      'net.ipv4.tcp_rmem': '4096 16384 33554432',
      'net.ipv4.ip_local_port_range': '1024 65535',
    });
    expect(lineOf(out, 'net.core.rmem_max')).toBe('33554432, kept (higher)');
    expect(lineOf(out, 'net.ipv4.tcp_fin_timeout')).toBe('15, kept (lower)');
    expect(server.file(SYSCTL_FILE)).toContain('\nnet.ipv4.tcp_rmem = 4096 16384 33554432\n');
    expect(server.run().out).toContain('Nothing to change.');
  });

  test('is told to give up rules that are worse than the usual', () => {
    using server = new SmallServer({ 'vm.overcommit_memory': '2', 'net.ipv4.tcp_syncookies': '0' });
    server.run();
    expect([server.setting('vm.overcommit_memory'), server.setting('net.ipv4.tcp_syncookies')]).toEqual(['1', '1']);
  });

  test('keeps a higher limit of open files and its own cap of the journal', () => {
    using server = new SmallServer();
    server.put('/etc/systemd/journald.conf.d/50-small.conf', '[Journal]\nSystemMaxUse=50M\n');
    const { out } = server.run([], { before: 'ulimit() { echo 100000; }; export -f ulimit' });
    expect(lineOf(out, LIMITS_FILE)).toBe('nofile 100000, kept (higher)');
    expect(lineOf(out, JOURNAL_FILE)).toContain('50-small.conf, kept');
    expect([server.file(LIMITS_FILE), server.file(JOURNAL_FILE), server.restarts]).toEqual([null, null, '']);
  });

  test('is told of files that will win over ours', () => {
    using server = new SmallServer();
    server.put('/etc/sysctl.conf', '# mine\nvm.swappiness=60\nnet/ipv4/tcp_syncookies = 1\n');
    server.put('/etc/sysctl.d/99-mine.conf', '-net.core.somaxconn = 128');
    server.put('/etc/sysctl.d/10-early.conf', 'net.core.somaxconn = 128\n');
    const notes = server
      .run()
      .out.split('\n')
      .filter((line) => line.includes('Note:'));
    expect(notes.map((line) => line.trim())).toEqual([
      'Note: /etc/sysctl.d/99-mine.conf sets net.core.somaxconn = 128 and wins at the next start.',
      'Note: /etc/sysctl.conf sets vm.swappiness = 60 and wins at the next start.',
    ]);
  });
});

describe.skipIf(!canBuildServers)('what a machine lacks is skipped in a line', () => {
  test('settings, modules, PAM and systemd', () => {
    using server = new SmallServer();
    const tracking = SETTINGS.map(({ name }) => name).filter((name) => name.startsWith('net.netfilter.'));
    server.drop(...tracking);
    server.set('net.ipv4.tcp_available_congestion_control', 'reno cubic');
    server.modules();
    server.remove('/etc/security');
    server.remove('/run/systemd');
    const { code, out } = server.run();
    expect(code).toBe(0);
    for (const name of tracking) expect(lineOf(out, name)).toBe('skipped: this kernel has no such setting');
    expect(lineOf(out, 'net.ipv4.tcp_congestion_control')).toBe('skipped: this kernel has no BBR');
    expect(lineOf(out, MODULES_FILE)).toBe('skipped: there is no module to load here');
    expect(lineOf(out, LIMITS_FILE)).toBe('skipped: there are no PAM limits here');
    expect(lineOf(out, JOURNAL_FILE)).toBe('skipped: systemd does not run here');
    expect(OUR_FILES.map((path) => server.file(path) !== null)).toEqual([true, false, false, false]);
    expect(server.setting('net.ipv4.tcp_congestion_control')).toBe('cubic');
    expect(server.file(SYSCTL_FILE)).not.toMatch(/netfilter|bbr/);
  });

  test('a value that the kernel refuses', () => {
    using server = new SmallServer();
    const { code, out } = server.run([], { before: 'mount --bind /dev/null /proc/sys/net/core/default_qdisc' });
    expect(code).toBe(0);
    expect(lineOf(out, 'net.core.default_qdisc')).toBe('skipped: the kernel refused fq');
    expect(server.file(SYSCTL_FILE)).not.toContain('default_qdisc');
  });

  test('everything, where /proc/sys is read-only', () => {
    using server = new SmallServer();
    const { code, out, err } = server.run([], { before: 'mount -o remount,ro,bind /proc/sys' });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const { name } of SETTINGS) expect(lineOf(out, name)).toBe('skipped: read-only here');
    expect(server.file(SYSCTL_FILE)).toBeNull();
  });
});
