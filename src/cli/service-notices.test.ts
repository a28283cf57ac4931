import { expect, test } from 'bun:test';
import { DatagramSocket } from '../../test/support/datagram-socket.ts';
import { silentLog } from '../../test/support/silent-log.ts';
import { createLog } from '../kit/log.ts';
import { ServiceNotices } from './service-notices.ts';

test('each notice is one datagram of lines', async () => {
  using socket = new DatagramSocket();
  const notices = new ServiceNotices(socket.name, silentLog);
  notices.ready('serving');
  notices.stopping('letting sessions finish');
  expect(await socket.received(2)).toEqual(['READY=1\nSTATUS=serving', 'STOPPING=1\nSTATUS=letting sessions finish']);
});

test('a reload tells the time of the clock that the service manager reads', async () => {
  using socket = new DatagramSocket();
  const notices = new ServiceNotices(socket.name, silentLog);
  const before = await clockMicros();
  notices.reloading();
  const [text = ''] = await socket.received(1);
  expect(text).toStartWith('RELOADING=1\nMONOTONIC_USEC=');
  const told = Number(/MONOTONIC_USEC=(\d+)/.exec(text)?.[1]);
  expect(told).toBeGreaterThanOrEqual(before);
  expect(told).toBeLessThanOrEqual(await clockMicros());
});

test('without a socket nothing happens; with one that is gone a line says so', () => {
  const lines: string[] = [];
  const log = createLog({ level: 'debug', format: 'pretty', write: (line) => void lines.push(line) });
  for (const unset of [undefined, '']) new ServiceNotices(unset, log).ready('serving');
  expect(lines).toEqual([]);
  new ServiceNotices('/nonexistent/notify', log).ready('serving');
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(
    'the service manager was not told  socket=/nonexistent/notify reason="not sent (errno 2)"',
  );
});

/** CLOCK_MONOTONIC as another runtime reads it. */
async function clockMicros(): Promise<number> {
  const text = await Bun.$`node -p ${'process.hrtime.bigint() / 1000n'}`.text();
  return Number.parseInt(text, 10);
}
