import { afterAll, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { portOwner } from './port-owner.ts';

const nothing = { socket: { data() {} } };
const folder = mkdtempSync(join(tmpdir(), 'petrel-proc-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(['127.0.0.1', '::1', '::'])('a listener on %s of this process is found', (hostname) => {
  const listener = Bun.listen({ hostname, port: 0, ...nothing });
  try {
    expect(portOwner(listener.port)).toEqual({ pid: process.pid, name: expect.stringMatching(/^[ -~]{1,15}$/) });
  } finally {
    listener.stop(true);
  }
});

test('a listener of another process is found, with its name', async () => {
  const script =
    "const l = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } }); console.log(l.port);";
  const other = Bun.spawn([process.execPath, '-e', script], { stdout: 'pipe' });
  try {
    for await (const text of other.stdout.pipeThrough(new TextDecoderStream())) {
      expect(portOwner(Number(text))?.pid).toBe(other.pid);
      break;
    }
  } finally {
    other.kill();
    await other.exited;
  }
});

test('nobody: a port that was closed, and one that is only connected to', async () => {
  const listener = Bun.listen({ hostname: '127.0.0.1', port: 0, ...nothing });
  const client = await Bun.connect({ hostname: '127.0.0.1', port: listener.port, ...nothing });
  expect(portOwner(client.localPort)).toBeNull();
  client.end();
  listener.stop(true);
  expect(portOwner(listener.port)).toBeNull();
});

const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000   999        0 4711 1 0000000000000000 100 0 0 10 0
   1: 0100007F:01BB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4712 1 0000000000000000 100 0 0 10 0
   2: 0100007F:2329 0100007F:0050 01 00000000:00000000 00:00000000 00000000     0        0 4713 1 0000000000000000 100 0 0 10 0
`;

test('owners by the texts of /proc: the first descriptor that is the socket, a name without control characters', () => {
  mkdirSync(join(folder, 'net'));
  writeFileSync(join(folder, 'net/tcp'), TABLE);
  for (const [pid, inode, name] of [
    ['7', '4712', 'nginx\n'],
    ['30', '4713', 'client\n'],
    ['self', '4711', 'never\n'],
    ['41', '4711', 'evil\x1b[31m\n'],
  ] as const) {
    mkdirSync(join(folder, pid, 'fd'), { recursive: true });
    symlinkSync('/dev/null', join(folder, pid, 'fd/0'));
    symlinkSync(`socket:[${inode}]`, join(folder, pid, 'fd/3'));
    writeFileSync(join(folder, pid, 'comm'), name);
  }
  mkdirSync(join(folder, '2')); // a process of another user: no folder of descriptors that could be read
  expect(portOwner(8080, folder)).toEqual({ pid: 41, name: 'evil?[31m' });
  expect(portOwner(443, folder)).toEqual({ pid: 7, name: 'nginx' });
  expect(portOwner(9001, folder)).toBeNull(); // its socket is connected, it does not listen
  expect(portOwner(8081, folder)).toBeNull();
  expect(portOwner(8080, join(folder, 'missing'))).toBeNull();
});
