import { expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const text = await Bun.file(join(import.meta.dir, '../../deploy/systemd/petrel.service')).text();

/** The unit's settings; where one stands several times, the values in their order. */
const settings = new Map<string, string[]>();
for (const line of text.split('\n')) {
  const [, name, value] = /^([A-Za-z]+)=(.*)$/.exec(line) ?? [];
  if (name !== undefined && value !== undefined) settings.set(name, [...(settings.get(name) ?? []), value]);
}

test('the service is told apart from one that only started, reloads, and always comes back', () => {
  expect(settings.get('Type')).toEqual(['notify']);
  expect(settings.get('ExecStart')).toEqual(['/usr/local/bin/petrel run --config /etc/petrel/petrel.toml']);
  expect(settings.get('ExecReload')?.[0]).toContain('kill -HUP');
  expect(settings.get('Restart')).toEqual(['always']);
  expect(settings.get('StartLimitIntervalSec')).toEqual(['0']);
  expect(settings.get('RestartPreventExitStatus')).toEqual(['2']);
});

test("the stop waits longer than the proxy's own limit", async () => {
  const run = await Bun.file(join(import.meta.dir, '../../src/cli/run.ts')).text();
  const drainMs = Number(/DRAIN_LIMIT_MS = ([\d_]+)/.exec(run)?.[1]?.replaceAll('_', ''));
  expect(drainMs).toBeGreaterThan(0);
  expect(seconds(settings.get('TimeoutStopSec')) * 1_000).toBeGreaterThan(drainMs + 5_000);
});

test('the limits are those of a small server', () => {
  expect(settings.get('CPUQuota')).toEqual(['80%']);
  expect(settings.get('MemoryMax')).toEqual(['1536M']);
  expect(Number.parseInt(settings.get('MemoryHigh')?.[0] ?? '', 10)).toBeLessThan(1_536);
  expect(Number(settings.get('LimitNOFILE'))).toBeGreaterThanOrEqual(65_536);
});

test("the sandbox leaves one capability and no place to write but the data folder and its sockets' folder", () => {
  for (const name of ['AmbientCapabilities', 'CapabilityBoundingSet']) {
    expect(settings.get(name)).toEqual(['CAP_NET_BIND_SERVICE']);
  }
  expect(settings.get('ProtectSystem')).toEqual(['strict']);
  expect(settings.get('StateDirectory')).toEqual(['petrel']);
  expect(settings.get('RuntimeDirectory')).toEqual(['petrel']);
  expect(settings.get('ReadWritePaths')).toBeUndefined();
  expect(settings.get('User')).toEqual(['petrel']);
  expect(settings.get('UMask')).toEqual(['0077']);
  for (const name of ['NoNewPrivileges', 'ProtectHome', 'PrivateTmp', 'PrivateDevices', 'RestrictNamespaces']) {
    expect(settings.get(name)).toEqual(['yes']);
  }
  expect(settings.get('SystemCallFilter')?.[0]).toBe('@system-service');
  expect(settings.get('SystemCallFilter')?.at(-1)).toBe('@chown'); // after what takes it away
  expect(settings.get('MemoryDenyWriteExecute')).toBeUndefined(); // the runtime could not start
});

test('a crash leaves no core dump, in which secrets would stand', () => {
  expect(settings.get('LimitCORE')).toEqual(['0']);
});

test('links of the first start do not reach the journal', () => {
  expect(settings.get('StandardOutput')).toEqual(['null']);
});

test.skipIf(Bun.which('systemd-analyze') === null)('systemd itself has nothing to say against it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'petrel-unit-'));
  try {
    const unit = join(folder, 'petrel.service');
    writeFileSync(unit, text.replace('/usr/local/bin/petrel', '/bin/true')); // which is not installed here
    const verified = await Bun.$`systemd-analyze verify --man=no --recursive-errors=no ${unit}`.quiet().nothrow();
    expect({ said: verified.stderr.toString(), exitCode: verified.exitCode }).toEqual({ said: '', exitCode: 0 });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

function seconds(values: readonly string[] | undefined): number {
  return Number(/^(\d+)s$/.exec(values?.[0] ?? '')?.[1] ?? 0);
}
