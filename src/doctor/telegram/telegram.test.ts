import { afterAll, expect, test } from 'bun:test';
import { CLOSED_PORT } from '../../../test/support/proxy.ts';
import { SilentListener } from '../../../test/support/silent-listener.ts';
import { SocksServer } from '../../../test/support/socks-server.ts';
import { load } from '../../config/load-fixture.ts';
import { SimulatedDataCenter } from '../../demo/telegram/data-center.ts';
import { systemRandom } from '../../kit/random.ts';
import { PRODUCTION_DCS } from '../../telegram/data-centers.ts';
import { telegramFindings } from './telegram.ts';

const CHECKS = PRODUCTION_DCS.map((dc) => `DC ${dc}`);
/** What a test may take where something is waited for: the limits of connecting and answering, one after the other. */
const LONG_MS = 15_000;

const dc = SimulatedDataCenter.start();
const mute = SimulatedDataCenter.start({ faults: { silent: true } });
const closing = SimulatedDataCenter.start({ faults: { closeOnAccept: true } });
const late = SimulatedDataCenter.start({ now: () => Date.now() - 200_000 });
const unreachable = await SilentListener.start();
const web = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response('a web page') });
void dc.serverKey; // made now: it takes a while

afterAll(() => {
  for (const center of [dc, mute, closing, late]) center.stop();
  unreachable.stop();
  void web.stop(true);
});

/** @param ports by data centre; those left out are at the first */
async function examine(
  ports: Record<number, number | readonly number[]>,
  { telegram = '', signal = AbortSignal.timeout(8_000) } = {},
) {
  const [usual = 0] = Object.values(ports);
  const overrides = PRODUCTION_DCS.map((id) => {
    const addresses = [ports[id] ?? usual].flat().map((port) => `127.0.0.1:${port}`);
    return `"${id}" = ${JSON.stringify(addresses)}`;
  });
  const toml = ['[telegram]', telegram, '[telegram.dc_overrides]', ...overrides].join('\n');
  const startedAtMs = performance.now();
  const findings = await telegramFindings(load({ toml }), { random: systemRandom, now: Date.now, signal });
  const tookMs = performance.now() - startedAtMs;
  const of = (check: string) => findings.find((finding) => finding.check === check);
  return { findings, tookMs, of };
}

test.concurrent('all answer: latencies, the address, the clock', async () => {
  const { findings, of } = await examine({ 1: dc.port });
  expect(findings.map(({ check, verdict }) => [check, verdict])).toEqual([
    ['clock', 'ok'],
    ...CHECKS.map((check) => [check, 'ok']),
  ]);
  expect(of('DC 203')?.seen).toMatch(/^answers in [\d.]+ ms, connects in [\d.]+ ms \(127\.0\.0\.1\)$/);
  for (const id of PRODUCTION_DCS) expect(dc.counters.byDc.get(id)).toBeGreaterThan(0);
  expect(dc.counters.malformed).toBe(0);
});

test.concurrent(
  'each fails on its own, with its reason',
  async () => {
    const ports = {
      1: dc.port,
      2: CLOSED_PORT,
      3: mute.port,
      4: closing.port,
      5: web.port ?? 0,
      203: unreachable.port,
    };
    const { of, tookMs } = await examine(ports);
    expect(of('DC 1')?.verdict).toBe('ok');
    const failures = ['DC 2', 'DC 3', 'DC 4', 'DC 203'].map((check) => [check, of(check)?.verdict, of(check)?.seen]);
    expect(failures).toEqual([
      ['DC 2', 'failed', 'cannot be reached: refused or unreachable'],
      ['DC 3', 'failed', 'connected, but no answer to req_pq in 5 seconds: the way is filtered'],
      ['DC 4', 'failed', 'connected, but it was closed before an answer to req_pq: the way is filtered'],
      ['DC 203', 'failed', 'cannot be reached: timed out'],
    ]);
    expect(of('DC 5')?.verdict).toBe('failed'); // what a web server answers is decrypted to chance
    expect(of('DC 5')?.seen).toMatch(/is no data centre|is filtered/);
    expect(of('clock')?.verdict).toBe('ok');
    expect(tookMs).toBeLessThan(LONG_MS * 0.9);
  },
  LONG_MS,
);

test.concurrent(
  'an address that accepts and does not answer is named, though another one works',
  async () => {
    const ports = { 1: dc.port, 2: [mute.port, dc.port], 3: [dc.port, closing.port], 4: [CLOSED_PORT, dc.port] };
    const { findings } = await examine(ports);
    expect(findings.filter(({ verdict }) => verdict === 'failed')).toEqual([]);
    expect(findings.filter(({ verdict }) => verdict === 'warning').map(({ check, seen }) => [check, seen])).toEqual([
      [
        'DC 2',
        `127.0.0.1:${mute.port} accepts connections but does not answer; another address of this data centre works`,
      ],
      [
        'DC 3',
        `127.0.0.1:${closing.port} accepts connections and closes them; another address of this data centre works`,
      ],
    ]);
    // One that refuses costs nobody anything.
    expect(findings.filter(({ check }) => check === 'DC 4').map(({ verdict }) => verdict)).toEqual(['ok']);
  },
  LONG_MS,
);

test.concurrent('none answers: the clock cannot be judged', async () => {
  const { findings } = await examine({ 1: CLOSED_PORT });
  expect(findings.map(({ verdict }) => verdict)).toEqual(['warning', ...CHECKS.map(() => 'failed' as const)]);
});

test.concurrent('a clock that is wrong is told by the data centre', async () => {
  const { of } = await examine({ 1: late.port });
  expect(of('clock')).toMatchObject({ verdict: 'failed', seen: expect.stringMatching(/^(?:199|200|201) s ahead of/) });
  expect(of('DC 2')?.verdict).toBe('ok');
});

test.concurrent('through the SOCKS proxy of the configuration', async () => {
  using socks = new SocksServer();
  const { findings, of } = await examine({ 1: dc.port }, { telegram: `upstream = "socks5://127.0.0.1:${socks.port}"` });
  expect(findings.every(({ verdict }) => verdict === 'ok')).toBe(true);
  expect(of('DC 4')?.seen).toEndWith('(through the SOCKS proxy)');
  expect(socks.targets).toHaveLength(PRODUCTION_DCS.length);
});

test.concurrent('a SOCKS proxy that refuses: its credentials are not repeated', async () => {
  using socks = new SocksServer({ refusal: 2 });
  const { findings } = await examine(
    { 1: dc.port },
    { telegram: `upstream = "socks5://ann:hidden@127.0.0.1:${socks.port}"` },
  );
  expect(findings.filter(({ verdict }) => verdict === 'failed')).toHaveLength(PRODUCTION_DCS.length);
  expect(JSON.stringify(findings)).toContain('SOCKS proxy');
  expect(JSON.stringify(findings)).not.toMatch(/hidden|\bann\b/);
});

test.concurrent('connecting is given up with the signal', async () => {
  const { findings, tookMs } = await examine({ 1: unreachable.port }, { signal: AbortSignal.timeout(100) });
  expect(findings.at(-1)?.seen).toBe('cannot be reached: timed out');
  expect(tookMs).toBeLessThan(2_000);
});
