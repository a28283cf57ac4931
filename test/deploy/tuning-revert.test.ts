import { describe, expect, test } from 'bun:test';
import { canBuildServers, SmallServer, withoutLoads } from './small-server.ts';
import { JOURNAL_FILE, lineOf, OUR_FILES, SETTINGS, STATE, SYSCTL_FILE } from './tuning-script.ts';
import { asLines, UNTUNED } from './tuning-values.ts';

/** A `mv` that ends the run by a signal instead of putting a file into its place: the kernel has our settings by then. */
function interruptAt(server: SmallServer, file: string, signal: string): void {
  server.command('mv', `case $2 in ${file}) kill -${signal} $PPID; exit 1 ;; *) exec /bin/mv "$@" ;; esac`);
}

describe.skipIf(!canBuildServers)('the way back', () => {
  test('restores every value and removes every file', () => {
    using server = new SmallServer();
    server.put('/etc/sysctl.d/10-mine.conf', 'kernel.panic = 10\n');
    const before = server.everything();
    server.run();
    server.run();
    const { code, out } = server.run(['--revert']);
    expect(code).toBe(0);
    expect(lineOf(out, 'net.ipv4.tcp_rmem')).toBe('4096 32768 16777216 -> 4096 131072 6291456');
    expect(lineOf(out, STATE)).toBe('removed');
    const { '/restarts': restarts, ...after } = withoutLoads(server.everything());
    const normal = (files: Record<string, string>) =>
      Object.entries(files).map(([path, text]) => [path, text.replaceAll('\t', ' ')]);
    expect(normal(after)).toEqual(normal(before));
    expect(restarts).toBe('restart systemd-journald.service\n'.repeat(2));
    expect(server.run(['--revert'])).toEqual({ code: 0, out: 'There is nothing to revert.\n', err: '' });
  });

  test('leads past settings that are gone, and is tried again where the kernel refuses', () => {
    using server = new SmallServer();
    server.run();
    server.drop('net.netfilter.nf_conntrack_max');
    const refused = server.run(['--revert'], { before: 'mount --bind /dev/null /proc/sys/vm/swappiness' });
    expect(refused.code).toBe(1);
    expect(lineOf(refused.err, 'vm.swappiness')).toContain('FAILED');
    expect(lineOf(refused.out, 'net.netfilter.nf_conntrack_max')).toBe(
      'skipped: this kernel has no such setting any more',
    );
    expect(server.run(['--revert']).code).toBe(0);
    expect(server.setting('vm.swappiness')).toBe('60');
    expect(server.file(STATE)).toBeNull();
  });

  test('stays open for a setting that came later', () => {
    using server = new SmallServer();
    server.drop('net.netfilter.nf_conntrack_max');
    server.run();
    server.set('net.netfilter.nf_conntrack_max', '7680');
    server.run();
    expect(server.setting('net.netfilter.nf_conntrack_max')).toBe('65536');
    server.run(['--revert']);
    expect(server.setting('net.netfilter.nf_conntrack_max')).toBe('7680');
    expect(server.setting('vm.swappiness')).toBe('60');
  });

  test.each([
    ['KILL', SYSCTL_FILE],
    ['TERM', SYSCTL_FILE],
    ['KILL', JOURNAL_FILE],
  ])('is open after a run that was ended by SIG%s at %s', (signal, file) => {
    using server = new SmallServer();
    interruptAt(server, file, signal);
    const { code, err } = server.run();
    expect(code).not.toBe(0);
    if (signal === 'TERM') expect(err).toContain('Interrupted.');
    expect(server.setting('vm.swappiness')).toBe('10');
    expect(server.file(file)).toBeNull();
    expect(server.run(['--revert']).code).toBe(0);
    expect(asLines(Object.fromEntries(SETTINGS.map(({ name }) => [name, server.setting(name)])))).toEqual(
      asLines(UNTUNED),
    );
    expect(Object.keys(server.everything()).filter((path) => path.startsWith('/etc'))).toEqual([]);
  });

  test('leads to the values before the first run, however often it was begun', () => {
    using server = new SmallServer();
    interruptAt(server, SYSCTL_FILE, 'KILL');
    server.run();
    server.command('mv', 'exec /bin/mv "$@"');
    expect(server.run().code).toBe(0);
    expect(server.file(SYSCTL_FILE)).not.toBeNull();
    server.run(['--revert']);
    expect(server.setting('vm.swappiness')).toBe('60');
  });
});

describe.skipIf(!canBuildServers)('what goes wrong', () => {
  test('without a place for the way back nothing is changed', () => {
    using server = new SmallServer();
    const before = server.everything();
    const { code, err } = server.run([], { before: 'mount -o remount,ro,bind /var/lib' });
    expect(code).toBe(1);
    expect(err).toContain(`Nothing was changed: ${STATE} cannot be written`);
    expect(server.everything()).toEqual(before);
  });

  test('a read-only /etc fails file by file, and what could be done is done', () => {
    using server = new SmallServer();
    const { code, err, out } = server.run([], { before: 'mount -o remount,ro,bind /etc' });
    expect(code).toBe(1);
    expect(err.match(/FAILED: cannot be written/g)).toHaveLength(OUR_FILES.length);
    expect(out).toContain('4 could not be done');
    expect(server.setting('vm.swappiness')).toBe('10');
  });

  test.each([[[]], [['--revert']]])('without root nothing happens: %p', (args) => {
    using server = new SmallServer();
    const before = server.everything();
    const { code, err } = server.run(args, { through: 'setpriv --reuid=65534 --regid=65534 --clear-groups' });
    expect(code).toBe(1);
    expect(err).toBe(
      `This changes kernel settings and needs root: sudo ./optimize_system_lowres.sh${['', ...args].join(' ')}\n`,
    );
    expect(server.everything()).toEqual(before);
  });

  test.each([[['--force']], [['--dry-run', '--revert']], [['']]])('arguments it does not know: %p', (args) => {
    using server = new SmallServer();
    const before = server.everything();
    const { code, out, err } = server.run(args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('Usage: sudo ./optimize_system_lowres.sh');
    expect(server.everything()).toEqual(before);
  });

  test('help is no fault', () => {
    using server = new SmallServer();
    expect(server.run(['--help'])).toMatchObject({ code: 0, err: '' });
  });
});
