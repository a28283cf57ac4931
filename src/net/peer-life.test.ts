import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { ConnSource } from '../../test/support/conn-source.ts';
import { until } from '../../test/support/proxy.ts';
import { isDeaf, unacknowledgedBytes, unansweredMs, unsentBytes } from './peer-life.ts';
import { setBufferSizes } from './socket-options.ts';

const CHILD = join(import.meta.dir, '../../test/support/dropped-packets-process.ts');
const canDropPackets =
  Bun.which('nft') !== null &&
  Bun.which('ip') !== null &&
  Bun.spawnSync(['unshare', '-n', 'sh', '-c', 'ip link set lo up && nft add table inet probe']).exitCode === 0;

test('what the peer has taken is neither unsent nor unacknowledged', async () => {
  using source = new ConnSource();
  const { conn, peer } = await source.next();
  setBufferSizes(peer.fd, { receive: 4_096, send: 0 });
  expect([unsentBytes(conn.fd), unacknowledgedBytes(conn.fd)]).toEqual([0, 0]);
  peer.pause();
  const chunk = new Uint8Array(65_536);
  let written = 0;
  for (let taken = conn.write(chunk); taken > 0; taken = conn.write(chunk)) written += taken;
  await until(() => unsentBytes(conn.fd) > 0, 'the window is closed');
  expect(unacknowledgedBytes(conn.fd)).toBeLessThan(written);
  expect(unacknowledgedBytes(conn.fd)).toBeGreaterThanOrEqual(unsentBytes(conn.fd));
  conn.reset();
  peer.close();
});

test('nothing is known of what is no TCP socket', () => {
  const noDescriptor = 1_000_000;
  expect([unansweredMs(noDescriptor), unacknowledgedBytes(noDescriptor), unsentBytes(noDescriptor)]).toEqual([0, 0, 0]);
  expect(isDeaf(noDescriptor)).toBe(false);
});

// Needs root and nft: the packets are dropped in a network namespace that ends with the process.
test.skipIf(!canDropPackets)('a peer that reads nothing answers, one that has vanished does not', async () => {
  const child = Bun.spawn(['unshare', '-n', 'sh', '-c', `ip link set lo up && exec ${process.execPath} ${CHILD}`], {
    stdout: 'pipe',
  });
  const lines = await new Response(child.stdout).text();
  const figures = Object.fromEntries(
    lines
      .trim()
      .split('\n')
      .map((line) => line.split(' ') as [string, string, string?])
      .map(([name, ms, wasDeaf]) => [name, { ms: Number(ms), wasDeaf }]),
  );
  expect(figures.stalled?.ms).toBeLessThan(1_000);
  expect(figures.stalled?.wasDeaf).toBe('false');
  expect(figures.vanished?.ms).toBeGreaterThan(1_500);
  expect(figures.deaf?.wasDeaf).toBe('false'); // at first
});
