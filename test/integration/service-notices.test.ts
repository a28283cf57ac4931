import { expect, test } from 'bun:test';
import { DatagramSocket } from '../support/datagram-socket.ts';
import { PetrelFolder, PetrelProcess } from '../support/petrel-process.ts';
import { USER_KEY } from '../support/proxy.ts';

const ALICE = `[users.alice]\nsecret = "${USER_KEY}"`;

test('the service manager hears of the start, of each reload and of the stop', async () => {
  using folder = new PetrelFolder();
  using manager = new DatagramSocket();
  folder.configure({ toml: ALICE });
  await using petrel = await PetrelProcess.serving(folder, { env: { NOTIFY_SOCKET: manager.name } });
  const serving = `READY=1\nSTATUS=serving 1 user on 127.0.0.1:${petrel.port}`;
  expect(await manager.received(1)).toEqual([serving]);

  petrel.signal('SIGHUP');
  const [, begun, over] = await manager.received(3);
  expect(begun).toMatch(/^RELOADING=1\nMONOTONIC_USEC=\d+\nSTATUS=reloading the configuration$/);
  expect(over).toBe(serving);

  folder.configure({ toml: 'nonsense = 1' });
  petrel.signal('SIGHUP');
  const [, , , , refused] = await manager.received(5);
  expect(refused).toBe(`${serving}; configuration not reloaded, nothing changed`);

  petrel.signal('SIGTERM');
  expect(await petrel.exited).toBe(0);
  const [stopping, ...more] = (await manager.received(6)).slice(5);
  expect([stopping, more]).toEqual(['STOPPING=1\nSTATUS=letting sessions finish', []]);
  expect(petrel.logged('the service manager was not told')).toEqual([]);
});
