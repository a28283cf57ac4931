import { expect, test } from 'bun:test';
import { CLOSED_PORT } from '../../../test/support/proxy.ts';
import { SilentListener } from '../../../test/support/silent-listener.ts';
import { outsideFinding, type PublicHost } from './outside.ts';
import { reach } from './reach.ts';

const HOST: PublicHost = { host: '127.0.0.1', note: null, addresses: ['127.0.0.1'], ownAddresses: ['10.0.0.5'] };
const ANSWERED = { kind: 'answered', tookMs: 40 } as const;

test('reaching a place: open, closed, and one that swallows packets, which is given up in bounded time', async () => {
  const open = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } });
  using silent = await SilentListener.start();
  expect(await reach({ host: '127.0.0.1', port: open.port }, 5_000)).toBeNull();
  expect(await reach({ host: '127.0.0.1', port: CLOSED_PORT }, 5_000)).not.toBeNull();
  const startedAtMs = performance.now();
  expect(await reach({ host: '127.0.0.1', port: silent.port }, 200)).toBe('timed out');
  expect(performance.now() - startedAtMs).toBeLessThan(2_000);
  open.stop(true);
});

test('not reached: a warning with what to open and how to try it elsewhere', () => {
  const finding = outsideFinding(HOST, 443, { refusal: 'timed out', trial: null });
  expect([finding.check, finding.verdict]).toEqual(['from outside', 'warning']);
  expect(finding.seen).toBe('127.0.0.1:443 cannot be reached from here (timed out)');
  for (const part of ['some networks', 'nc -vz 127.0.0.1 443', 'ufw allow 443/tcp', 'security group'])
    expect(finding.advice).toContain(part);
});

test('something else that answers there is a warning', () => {
  const trial = { kind: 'refused', reason: 'bad-flight' } as const;
  expect(outsideFinding(HOST, 443, { refusal: null, trial })).toMatchObject({
    verdict: 'warning',
    seen: 'what answers on 127.0.0.1:443 is not this Petrel',
  });
});

test('reached: as far as it was tried, and what that proves', () => {
  expect(outsideFinding(HOST, 443, { refusal: null, trial: null }).seen).toBe('127.0.0.1:443 accepts connections');
  expect(outsideFinding(HOST, 443, { refusal: null, trial: ANSWERED })).toMatchObject({
    verdict: 'ok',
    seen: '127.0.0.1:443 leads to this Petrel',
    advice: null,
  });
  const own: PublicHost = { ...HOST, host: '2001:db8::5', addresses: ['2001:db8::5'], ownAddresses: ['2001:DB8:0::5'] };
  expect(outsideFinding(own, 443, { refusal: null, trial: ANSWERED })).toMatchObject({
    verdict: 'ok',
    seen: '[2001:db8::5]:443 leads to this Petrel, tried from this machine',
    advice: expect.stringContaining('nc -vz 2001:db8::5 443'),
  });
});
