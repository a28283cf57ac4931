import { expect, test } from 'bun:test';
import { DatagramSocket } from '../../test/support/datagram-socket.ts';
import { openDescriptors } from '../../test/support/descriptors.ts';
import { utf8 } from '../kit/bytes.ts';
import { sendUnixDatagram } from './unix-datagram.ts';

test.each([undefined, `@petrel-test-${process.pid}`])('a datagram arrives whole, one each: %p', async (name) => {
  using socket = new DatagramSocket(name);
  expect(sendUnixDatagram(socket.name, utf8('one\ntwo'))).toBeNull();
  expect(sendUnixDatagram(socket.name, utf8('three'))).toBeNull();
  expect(await socket.received(2)).toEqual(['one\ntwo', 'three']);
});

test('a name that cannot be is refused with the reason', () => {
  expect(sendUnixDatagram('vsock:2:1234', utf8('x'))).toBe('neither a path nor an abstract name');
  expect(sendUnixDatagram(`/${'x'.repeat(107)}`, utf8('x'))).toBe('longer than 108 bytes');
});

test('nobody there: the reason, and no descriptor stays open', () => {
  const before = openDescriptors();
  expect(sendUnixDatagram('/nonexistent/petrel', utf8('x'))).toBe('not sent (errno 2)');
  expect(openDescriptors()).toEqual(before);
});

test('a full queue costs the datagram, not a pause', () => {
  using socket = new DatagramSocket();
  const most = 100_000; // more than any queue holds
  let sent = 0;
  while (sent < most && sendUnixDatagram(socket.name, utf8('x')) === null) sent += 1;
  expect(sent).toBeGreaterThan(0);
  expect(sent).toBeLessThan(most);
});
