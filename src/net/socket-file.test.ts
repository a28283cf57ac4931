import { ptr } from 'bun:ffi';
import { afterEach, beforeEach, expect, test } from 'bun:test';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDescriptors } from '../../test/support/descriptors.ts';
import { RawListener, RawPeer } from '../../test/support/raw-peer.ts';
import { PetrelError } from '../kit/errors.ts';
import { libc } from './libc.ts';
import { OWNER_ONLY, pathRefusal, SocketFile } from './socket-file.ts';
import { unixSocketAddress } from './unix-address.ts';

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'petrel-socket-'));
  path = join(folder, 'petrel.sock');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What a refusal is about; nothing of the attempt stays behind. */
function refusalOf(wanted: string, access = OWNER_ONLY): { code: string; message: string } {
  const before = openDescriptors();
  try {
    new SocketFile(wanted, access).discard();
  } catch (error) {
    if (!(error instanceof PetrelError)) throw error;
    expect(openDescriptors()).toBe(before);
    return { code: error.code, message: error.message };
  }
  throw new Error('it was not refused');
}

test('what a killed process left is replaced', () => {
  const killed = new SocketFile(path, OWNER_ONLY);
  libc?.close(killed.fd);
  expect(pathRefusal(path)).toBeNull();
  expect(existsSync(path)).toBe(true); // asking removes nothing
  const file = new SocketFile(path, OWNER_ONLY);
  expect(lstatSync(path).isSocket()).toBe(true);
  file.discard();
  expect(existsSync(path)).toBe(false);
});

test('a socket that somebody answers on stays', async () => {
  using listener = new RawListener(() => {}, { unix: path });
  expect(refusalOf(path)).toEqual({
    code: 'EADDRINUSE',
    message: 'another process answers on it: stop it, or choose another path',
  });
  expect(pathRefusal(path)?.code).toBe('EADDRINUSE');
  await using peer = await RawPeer.connectUnix(path);
  await listener.find(({ isOpen }) => isOpen, 'the connection');
  expect(peer.isOpen).toBe(true);
});

test('so does one whose queue is full', () => {
  const busy = new SocketFile(path, OWNER_ONLY);
  libc?.listen(busy.fd, 0);
  const address = unixSocketAddress(path) as Uint8Array;
  const waiting: number[] = [];
  for (let connected = 0; connected === 0; ) {
    const fd = libc?.socket(1, 1 | 0o4000, 0) ?? -1;
    connected = libc?.connect(fd, ptr(address), address.length) ?? -1;
    waiting.push(fd);
  }
  expect(refusalOf(path).code).toBe('EADDRINUSE');
  for (const fd of waiting) libc?.close(fd);
  busy.discard();
});

test.each<[string, () => void]>([
  ['an ordinary file', () => writeFileSync(path, 'precious')],
  ['a folder', () => mkdirSync(path)],
  ['a symbolic link', () => symlinkSync('nowhere', path)],
])('%s stays', (_name, make) => {
  make();
  const { ino } = lstatSync(path);
  expect(refusalOf(path)).toEqual({
    code: 'ENOTSOCK',
    message: 'a file stands there that is no socket: remove it, or choose another path',
  });
  expect(lstatSync(path).ino).toBe(ino);
  if (lstatSync(path).isFile()) expect(readFileSync(path, 'utf8')).toBe('precious');
});

test.each<[string, () => string, string]>([
  ['no folder', () => join(folder, 'none', 'p.sock'), 'ENOENT'],
  ['a file for a folder', () => join(path, 'p.sock'), 'ENOTDIR'],
])('%s: the words name it', (_name, place, code) => {
  writeFileSync(path, '');
  const wanted = place();
  const refusal = refusalOf(wanted);
  expect(refusal.code).toBe(code);
  expect(refusal.message).toBe(`the folder ${join(wanted, '..')} is missing`);
});

test('mode and group are those that were asked for, whatever the umask', () => {
  const umask = process.umask(0o077);
  const group = { name: 'own', id: process.getgid?.() ?? 0 };
  const file = new SocketFile(path, { mode: 0o660, group });
  process.umask(umask);
  const { mode, gid } = lstatSync(path);
  expect((mode & 0o7777).toString(8)).toBe('660');
  expect(gid).toBe(group.id);
  file.discard();
  const owners = new SocketFile(path, OWNER_ONLY);
  expect((lstatSync(path).mode & 0o7777).toString(8)).toBe('600');
  owners.discard();
});

test('a group that we are not in: the words say so, and nothing stays', async () => {
  chmodSync(folder, 0o777);
  const isRoot = process.getuid?.() === 0;
  const file = (name: string) => JSON.stringify(join(import.meta.dir, name));
  const program = `
    import { existsSync } from 'node:fs';
    import { become } from ${file('../../test/support/become.ts')};
    import { SocketFile } from ${file('./socket-file.ts')};
    if (${isRoot}) become(65534, 65534);
    try {
      new SocketFile(${JSON.stringify(path)}, { mode: 0o660, group: { name: 'root', id: 0 } });
    } catch (error) {
      console.log(error.code, error.message, existsSync(${JSON.stringify(path)}));
    }`;
  const child = Bun.spawn([process.execPath, '-e', program], { stdin: 'ignore' });
  expect((await child.stdout.text()).trim()).toBe(
    'EPERM the group of the socket cannot be set to root (EPERM): the user that runs Petrel has to be a member of it false',
  );
});
