import { describe, expect, test } from 'bun:test';
import { connect } from 'node:net';
import { MAX_SCRAPES_AT_ONCE, MetricsServer, type MetricsServerOptions } from '../../src/admin/metrics-server.ts';
import { metricsText } from '../../src/admin/metrics-text.ts';
import type { ScrapeLimits } from '../../src/admin/scrape/serve-scrape.ts';
import type { Snapshot } from '../../src/admin/snapshot.ts';
import { healthySnapshot } from '../../src/admin/snapshot-fixture.ts';
import { latin1, utf8 } from '../../src/kit/bytes.ts';
import { type Cidr, parseCidr } from '../../src/kit/ip.ts';
import { createLog } from '../../src/kit/log.ts';
import { expectDescriptors, openDescriptors } from '../support/descriptors.ts';
import { loopTurn } from '../support/loop-turn.ts';
import type { LogLine } from '../support/proxy.ts';
import { RawPeer } from '../support/raw-peer.ts';

const GET = 'GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n';
const TEXT = [...metricsText(healthySnapshot())].join('');

function ranges(...texts: string[]): Cidr[] {
  return texts.map((text) => parseCidr(text)).filter((range) => range !== null);
}

/** A metrics server on a free port with the figures of a healthy proxy. */
class Served implements Disposable {
  readonly server: MetricsServer;
  readonly logLines: LogLine[] = [];

  constructor(
    options: { allow?: readonly Cidr[]; limits?: ScrapeLimits; host?: string; snapshot?: () => Snapshot } = {},
  ) {
    const { allow = ranges('127.0.0.1', '::1'), host = '127.0.0.1' } = options;
    const all: MetricsServerOptions = {
      listen: { host, port: 0 },
      allow,
      descriptorCeiling: Number.POSITIVE_INFINITY,
      snapshot: options.snapshot ?? healthySnapshot,
      ...(options.limits && { limits: options.limits }),
    };
    const write = (line: string) => void this.logLines.push(JSON.parse(line) as LogLine);
    this.server = new MetricsServer(all, createLog({ level: 'debug', format: 'json', write }));
  }

  connect(host = '127.0.0.1'): Promise<RawPeer> {
    return RawPeer.connect(this.server.port, host);
  }

  /** Sends the pieces one by one. @returns everything that came back until the server's FIN */
  async ask(...pieces: string[]): Promise<string> {
    const peer = await this.connect();
    for (const piece of pieces) {
      await peer.write(utf8(piece));
      await loopTurn();
    }
    expect(await peer.end()).toBe('fin');
    peer.close();
    return latin1(peer.bytes);
  }

  [Symbol.dispose](): void {
    this.server.stop();
  }
}

function bodyOf(reply: string): string {
  return reply.slice(reply.indexOf('\r\n\r\n') + '\r\n\r\n'.length);
}

describe('a scrape', () => {
  test('gets the whole text with its type and length, then FIN', async () => {
    using served = new Served();
    const reply = await served.ask(GET);
    expect(reply).toStartWith('HTTP/1.1 200 OK\r\n');
    expect(reply).toContain('\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n');
    expect(reply).toContain(`\r\nContent-Length: ${TEXT.length}\r\n`);
    expect(bodyOf(reply)).toBe(TEXT);
  });

  test('as an HTTP library does it, several times', async () => {
    using served = new Served();
    for (let round = 0; round < 3; round += 1) {
      const response = await fetch(`http://127.0.0.1:${served.server.port}/metrics`);
      expect([response.status, await response.text()]).toEqual([200, TEXT]);
    }
  });

  test('over IPv6', async () => {
    using served = new Served({ host: '::1' });
    const response = await fetch(`http://[::1]:${served.server.port}/metrics`);
    expect(await response.text()).toBe(TEXT);
  });

  test('byte by byte', async () => {
    using served = new Served();
    expect(bodyOf(await served.ask(...GET))).toBe(TEXT);
  });

  test('a request and FIN in one', async () => {
    using served = new Served();
    await using peer = await served.connect();
    await peer.write(utf8(GET));
    peer.finish();
    expect(await peer.end()).toBe('fin');
    expect(bodyOf(latin1(peer.bytes))).toBe(TEXT);
  });

  test('of two requests at once the first is answered, and the answer says so', async () => {
    using served = new Served();
    const reply = await served.ask(GET + GET);
    expect(reply).toContain('\r\nConnection: close\r\n');
    expect(bodyOf(reply)).toBe(TEXT);
  });

  test('HEAD: the same head, no body', async () => {
    using served = new Served();
    const reply = await served.ask('HEAD /metrics HTTP/1.1\r\n\r\n');
    expect(reply).toContain(`\r\nContent-Length: ${TEXT.length}\r\n`);
    expect(bodyOf(reply)).toBe('');
  });
});

test.each([
  ['another path', 'GET / HTTP/1.1\r\n\r\n', 404, 'metrics are at /metrics\n'],
  ['another method', 'POST /metrics HTTP/1.1\r\nContent-Length: 1\r\n\r\nx', 405, 'only GET and HEAD\n'],
  ['no HTTP', 'hello\r\n\r\n', 400, 'this is no HTTP/1 request: metrics are served as http, not https\n'],
  ['TLS', '\x16\x03\x01\x02\x00\x01', 400, 'this is no HTTP/1 request: metrics are served as http, not https\n'],
  ['a head of 8 KB', `GET /${'x'.repeat(8192)}`, 431, "the request's head is longer than 4096 bytes\n"],
])('%s is refused', async (_, request, status, body) => {
  using served = new Served();
  const reply = await served.ask(request);
  expect(reply).toStartWith(`HTTP/1.1 ${status} `);
  expect(bodyOf(reply)).toBe(body);
});

describe('an address outside metrics.allow', () => {
  test('is closed without a byte, whatever it sends; told once', async () => {
    using served = new Served({ allow: ranges('127.0.0.2', '::1') });
    for (const request of ['', GET]) {
      await using peer = await served.connect();
      await peer.write(utf8(request));
      await peer.end();
      expect(peer.received).toBe(0);
    }
    const refused = 'a connection to the metrics was refused';
    expect(served.logLines).toMatchObject([
      { level: 'info', message: refused, ip: '127.0.0.1', reason: 'its address is not in metrics.allow' },
    ]);
  });

  test('is closed at once, without waiting for the peer', async () => {
    using served = new Served({ allow: [] });
    const before = openDescriptors();
    await using peer = await served.connect();
    expect(await peer.end()).toBe('fin');
    await expectDescriptors(before + 1); // the peer's own end
  });

  test('does not hinder one that is inside', async () => {
    using served = new Served({ allow: ranges('127.0.0.2') });
    expect(await scrapeFrom('127.0.0.2', served.server.port)).toEndWith(TEXT);
    expect(await scrapeFrom('127.0.0.1', served.server.port)).toBe('');
  });
});

describe('bounds', () => {
  const QUICK = { headMs: 60, replyMs: 10_000 };

  test.each(['', 'GET /metrics HT', GET.slice(0, -1)])(
    'who sends no whole head in time is closed: %j',
    async (part) => {
      using served = new Served({ limits: QUICK });
      await using peer = await served.connect();
      await peer.write(utf8(part));
      expect(await peer.end()).toBe('fin');
      expect(peer.received).toBe(0);
    },
  );

  test('who goes on sending a byte now and then is closed too', async () => {
    using served = new Served({ limits: QUICK });
    await using peer = await served.connect();
    const dripping = setInterval(() => void peer.write(utf8('x')), 10);
    await peer.until(({ isOpen, hasFin }) => !isOpen || hasFin, 'the end');
    clearInterval(dripping);
    expect(peer.received).toBe(0);
  });

  test('one scrape more than may be at once is closed without a byte; then there is room again', async () => {
    using served = new Served();
    const peers = await Promise.all(Array.from({ length: MAX_SCRAPES_AT_ONCE }, () => served.connect()));
    await loopTurn();
    await using late = await served.connect();
    await late.end();
    expect(late.received).toBe(0);
    expect(served.logLines.at(-1)?.['reason']).toBe(`${MAX_SCRAPES_AT_ONCE} scrapes are under way`);

    peers[0]?.close();
    peers[1]?.reset();
    for (const peer of peers.slice(2)) await peer.write(utf8(GET));
    for (const peer of peers.slice(2)) expect(await peer.end()).toBe('fin');
    expect(bodyOf(await served.ask(GET))).toBe(TEXT);
    for (const peer of peers) peer.close();
  });

  test('who has its answer and does not leave is reset', async () => {
    using served = new Served({ limits: { headMs: 5_000, replyMs: 60 } });
    await using peer = await served.connect();
    await peer.write(utf8(GET));
    await peer.until(({ hasFin }) => hasFin, 'the answer');
    await peer.until(({ isOpen }) => !isOpen, 'the end');
    expect(bodyOf(latin1(peer.bytes))).toBe(TEXT);
  });

  test('nothing is left behind: neither descriptors nor places', async () => {
    using served = new Served({ limits: QUICK });
    const before = openDescriptors();
    for (let round = 0; round < 4 * MAX_SCRAPES_AT_ONCE; round += 1) {
      const peer = await served.connect();
      if (round % 4 === 0) await peer.write(utf8(GET));
      if (round % 4 === 1) peer.reset();
      if (round % 4 === 2) await peer.write(utf8('nonsense'));
      peer.close();
    }
    expect(await served.ask(`GET /${'x'.repeat(8192)}`)).toContain('431'); // longer than is read at once
    await expectDescriptors(before);
    expect(bodyOf(await served.ask(GET))).toBe(TEXT);
  });
});

test('stop ends scrapes under way', async () => {
  using served = new Served({ limits: { headMs: 600_000, replyMs: 600_000 } });
  await using peer = await served.connect();
  await peer.write(utf8('GET'));
  await loopTurn();
  served.server.stop();
  await peer.end();
  expect(peer.received).toBe(0);
  await expect(served.connect()).rejects.toThrow();
});

test('a fault while rendering costs this scrape only', async () => {
  let isFaulty = true;
  const snapshot = () => {
    if (isFaulty) throw new Error('broken');
    return healthySnapshot();
  };
  using served = new Served({ snapshot });
  await using peer = await served.connect();
  await peer.write(utf8(GET));
  expect(await peer.end()).toBe('reset');
  expect(served.logLines).toMatchObject([{ level: 'error', fault: 'Error: broken' }]);
  isFaulty = false;
  expect(bodyOf(await served.ask(GET))).toBe(TEXT);
});

/** @returns what came back until the connection ended */
function scrapeFrom(localAddress: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect({ host: '127.0.0.1', port, localAddress }, () => socket.write(GET));
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', () => {}); // a reset: what came counts
    socket.on('close', () => resolve(text));
  });
}
