import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { chmodSync, existsSync, lstatSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signedHello } from '../support/hellos.ts';
import { PetrelFolder, PetrelProcess } from '../support/petrel-process.ts';
import { TestProxy, USER_KEY, until } from '../support/proxy.ts';
import { RawListener, RawPeer } from '../support/raw-peer.ts';

const ALICE = `[users.alice]\nsecret = "${USER_KEY}"`;
const ANSWERED = 'another process answers on it: stop it, or choose another path';
const NO_SOCKET = 'a file stands there that is no socket: remove it, or choose another path';

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'petrel-unix-'));
  path = join(folder, 'petrel.sock');
});
afterEach(() => rmSync(folder, { recursive: true }));

function start(toml = ''): TestProxy {
  return new TestProxy({ listen: ['127.0.0.1', `unix:${path}`], toml });
}

/** A client gets the flight through the socket. */
async function expectServed(): Promise<void> {
  await using peer = await RawPeer.connectUnix(path);
  await peer.write(signedHello());
  await peer.until(({ received }) => received > 1_000, 'the flight');
}

/** What a start that fails says. */
async function refusal(options: { top?: string; toml?: string; listen?: readonly string[] }) {
  using place = new PetrelFolder();
  const { top = '', toml = '', listen = [`unix:${path}`] } = options;
  place.configure({ top, toml: `${toml}\n${ALICE}`, listen });
  const petrel = new PetrelProcess(place);
  const code = await petrel.exited;
  expect(petrel.logLines).toHaveLength(1);
  const [line] = petrel.logLines;
  return { code, message: line?.message, addresses: line?.['addresses'], reason: line?.['reason'] };
}

describe('a second start', () => {
  test('with the same socket: it is refused, the first serves on', async () => {
    await using first = start();
    const found = await refusal({});
    expect(found).toEqual({ code: 1, message: 'cannot listen', addresses: `unix:${path}`, reason: ANSWERED });
    await expectServed();
    expect(first.daemon.snapshot().addresses).toContain(`unix:${path}`);
  });

  test('with the same port too, whichever is named first', async () => {
    await using first = start();
    const { ino } = lstatSync(path);
    for (const listen of [
      ['127.0.0.1', `unix:${path}`],
      [`unix:${path}`, '127.0.0.1'],
    ]) {
      const found = await refusal({ listen, top: `port = ${first.port}` });
      expect(found).toMatchObject({ code: 1, addresses: `127.0.0.1:${first.port}` });
    }
    expect(lstatSync(path).ino).toBe(ino);
    await expectServed();
  });

  test('while the first lets its sessions finish: it takes the name over, and keeps it', async () => {
    const first = start();
    await using peer = await RawPeer.connectUnix(path);
    await peer.write(signedHello());
    await peer.until(({ received }) => received > 1_000, 'the flight');
    const stopped = first.stop(5_000);
    await using second = start();
    peer.close();
    await stopped;
    await expectServed();
    expect(second.daemon.snapshot().addresses).toContain(`unix:${path}`);
  });
});

test('links of a proxy without a port of its own name the configured one', async () => {
  using place = new PetrelFolder();
  place.configure({ listen: [`unix:${path}`], top: 'port = 8443' });
  await using petrel = new PetrelProcess(place);
  await petrel.told('serving');
  await until(() => petrel.out.includes('\nLinks of user1\n'), 'the links');
  expect(petrel.out).toContain('tg://proxy?server=proxy.example.org&port=8443&secret=');
});

test('what a killed process left is replaced', async () => {
  using place = new PetrelFolder();
  place.configure({ listen: ['127.0.0.1', `unix:${path}`], toml: ALICE });
  const killed = await PetrelProcess.serving(place);
  killed.signal('SIGKILL');
  await killed.exited;
  expect(existsSync(path)).toBe(true);
  await using next = await PetrelProcess.serving(place);
  await expectServed();
  next.signal('SIGTERM');
  expect(await next.exited).toBe(0);
  expect(existsSync(path)).toBe(false);
});

test('a port that cannot be had leaves what lies under the path', async () => {
  const left = Bun.spawnSync([
    process.execPath,
    '-e',
    `Bun.listen({ unix: ${JSON.stringify(path)}, socket: { data() {} } }); process.kill(process.pid, 'SIGKILL')`,
  ]);
  expect(left.signalCode).toBe('SIGKILL');
  const { ino } = lstatSync(path);
  using other = new RawListener();
  const found = await refusal({ listen: [`unix:${path}`, '127.0.0.1'], top: `port = ${other.port}` });
  expect(found).toMatchObject({ code: 1, addresses: `127.0.0.1:${other.port}` });
  expect(lstatSync(path).ino).toBe(ino);
});

test('an ordinary file of that name is left alone', async () => {
  writeFileSync(path, 'precious');
  expect(await refusal({})).toEqual({
    code: 1,
    message: 'cannot listen',
    addresses: `unix:${path}`,
    reason: NO_SOCKET,
  });
  expect(readFileSync(path, 'utf8')).toBe('precious');
});

test('a folder that is missing, a group that is unknown: the words name them', async () => {
  path = join(folder, 'none', 'petrel.sock');
  expect(await refusal({})).toMatchObject({ reason: `the folder ${join(folder, 'none')} is missing` });
  path = join(folder, 'petrel.sock');
  expect(await refusal({ toml: '[listen_options]\nunix_group = "no-such-group"' })).toMatchObject({
    reason: 'there is no group no-such-group in /etc/group (listen_options.unix_group): make it, or give its number',
  });
  expect(existsSync(path)).toBe(false);
});

const isRoot = process.getuid?.() === 0;
if (!isRoot) console.warn('not root: sockets are not opened as other users');

describe.skipIf(!isRoot)('mode and group', () => {
  const NOBODY = 65_534;
  const GROUP = 54_321; // nobody's on any machine

  /** Connects as another user. @returns how that ended */
  async function connectAs(group: number): Promise<string> {
    const program = `
      import { become } from ${JSON.stringify(join(import.meta.dir, '../support/become.ts'))};
      become(${NOBODY}, ${group});
      const place = { unix: ${JSON.stringify(path)}, socket: { data() {} } };
      console.log(await Bun.connect(place).then(() => 'connected', ({ code }) => code));
      process.exit();`;
    const child = Bun.spawn([process.execPath, '-e', program], { stdin: 'ignore' });
    return (await child.stdout.text()).trim();
  }

  test.each<[string, string, string, string]>([
    ['0660', `${GROUP}`, 'connected', 'EACCES'],
    ['0600', `${GROUP}`, 'EACCES', 'EACCES'],
    ['0666', '', 'connected', 'connected'],
    ['0660', '', 'EACCES', 'EACCES'],
  ])('unix_mode %p, unix_group %p: a member %s, another %s', async (mode, group, member, other) => {
    chmodSync(folder, 0o755);
    await using proxy = start(`[listen_options]\nunix_mode = "${mode}"\nunix_group = "${group}"`);
    expect((lstatSync(path).mode & 0o7777).toString(8).padStart(4, '0')).toBe(mode);
    expect(await Promise.all([connectAs(GROUP), connectAs(NOBODY)])).toEqual([member, other]);
    expect(proxy.logLines.filter(({ level }) => level === 'error')).toEqual([]);
  });
});
