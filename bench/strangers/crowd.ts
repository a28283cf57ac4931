import type { Socket } from 'bun';
import { equal, utf8 } from '../../src/kit/bytes.ts';
import { systemRandom } from '../../src/kit/random.ts';
import { signHello } from '../../src/wire/tls/hello-digest.ts';
import { buildClientHello } from '../../src/wire/tls/synthetic-hello.ts';
import { DOMAIN } from '../secrets.ts';

/**
 * The process of those who know no secret, and of the site that they are led to. Reads one JSON order a line from its standard input
 * and answers with one line each; the first line tells the site's port.
 */
export type CrowdOrder =
  /** Opens connections, sends each so many bytes of a hello, and keeps them. */
  | { do: 'hold'; port: number; count: number; bytes: number }
  /** One byte more on each connection that is held, every so often, until the next order. */
  | { do: 'drip'; everyMs: number }
  /** Asks for a page that has no end, and reads nothing of it. */
  | { do: 'stall'; port: number; count: number }
  | { do: 'let-go' }
  /** Whole hellos with a wrong secret, at a pace; each waits for the site's answer. */
  | { do: 'wrong-hellos'; port: number; perSecond: number; count: number }
  /** Plain requests for the site's page. */
  | { do: 'visits'; port: number; count: number; parallel: number };

const ALERT = new Uint8Array([0x15, 3, 3, 0, 2, 2, 40]);
const PAGE = new Uint8Array(10_000);
/** What is sent again and again of the page without an end. */
const PIECE = new Uint8Array(256 * 1024);
const ENDLESS_REQUEST = requestFor('/endless');
const WRONG_KEY = new Uint8Array(16).fill(0x5a);
/** What is shorter and no text is half a hello: it waits for the rest. */
const LEAST_REQUEST_BYTES = 40;
const HELLO_FIRST_BYTE = 0x16;
/** Made ahead: while hellos are sent the processor is for others. A wrong one may come again. */
const HELLOS = Array.from({ length: 64 }, makeHello);
let nextHello = 0;
const CONNECTING_AT_ONCE = 100;
const TICK_MS = 5;

const ignore = {
  data() {},
  end(socket: Socket) {
    socket.end();
  },
  error() {},
  connectError() {},
};
const held: Socket[] = [];
let dripping: Timer | undefined;
let dripAt = 0;

/** Answers a hello with an alert, anything else with a page, and closes; one page has no end. */
const site = Bun.listen<{ isEndless: boolean }>({
  hostname: '127.0.0.1',
  port: 0,
  socket: {
    open(socket) {
      socket.data = { isEndless: false };
    },
    data(socket, chunk) {
      if (chunk.length < LEAST_REQUEST_BYTES) return;
      socket.data.isEndless = equal(chunk, ENDLESS_REQUEST);
      if (socket.data.isEndless) goOn(socket);
      else socket.end(chunk[0] === HELLO_FIRST_BYTE ? ALERT : PAGE);
    },
    drain(socket) {
      if (socket.data.isEndless) goOn(socket);
    },
    error() {},
  },
});
console.log(site.port);

for await (const line of console) {
  if (line === '') break;
  clearInterval(dripping);
  await obey(JSON.parse(line) as CrowdOrder);
  console.log('done');
}
process.exit(0);

async function obey(order: CrowdOrder): Promise<void> {
  switch (order.do) {
    case 'hold':
      return hold(order);
    case 'drip':
      // A byte for each in `everyMs`, evenly spread.
      dripping = setInterval(() => drip(Math.ceil((held.length * TICK_MS) / order.everyMs)), TICK_MS);
      return;
    case 'stall':
      return stall(order);
    case 'let-go':
      for (const socket of held.splice(0)) socket.terminate();
      return;
    case 'wrong-hellos':
      return wrongHellos(order);
    case 'visits':
      return visits(order);
  }
}

async function hold({ port, count, bytes }: Extract<CrowdOrder, { do: 'hold' }>): Promise<void> {
  const start = hello().subarray(0, bytes);
  for (let left = count; left > 0; left -= CONNECTING_AT_ONCE) {
    for (const socket of await connect(port, Math.min(left, CONNECTING_AT_ONCE))) {
      if (bytes > 0) socket.write(start);
      held.push(socket);
    }
  }
}

async function stall({ port, count }: Extract<CrowdOrder, { do: 'stall' }>): Promise<void> {
  for (const socket of await connect(port, count)) {
    socket.pause();
    socket.write(ENDLESS_REQUEST);
    held.push(socket);
  }
}

/** So many connections at once, without those that are refused. */
async function connect(port: number, count: number): Promise<Socket[]> {
  const opening = Array.from({ length: count }, () => Bun.connect({ hostname: '127.0.0.1', port, socket: ignore }));
  return (await Promise.allSettled(opening)).flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
}

/** Until the kernel takes no more. */
function goOn(socket: Socket<unknown>): void {
  while (socket.write(PIECE) === PIECE.length);
}

function drip(count: number): void {
  for (let turn = 0; turn < count; turn += 1) held[dripAt++ % held.length]?.write(new Uint8Array(1));
}

async function wrongHellos({ port, perSecond, count }: Extract<CrowdOrder, { do: 'wrong-hellos' }>): Promise<void> {
  const under: Promise<void>[] = [];
  const start = performance.now();
  while (under.length < count) {
    const due = Math.min(count, ((performance.now() - start) / 1_000) * perSecond);
    while (under.length < due) under.push(exchange(port, hello()));
    await Bun.sleep(TICK_MS);
  }
  await Promise.all(under);
}

async function visits({ port, count, parallel }: Extract<CrowdOrder, { do: 'visits' }>): Promise<void> {
  const request = requestFor('/');
  let left = count;
  const visitor = async () => {
    while (left-- > 0) await exchange(port, request);
  };
  await Promise.all(Array.from({ length: parallel }, visitor));
}

/** Sends and waits for the end. */
function exchange(port: number, bytes: Uint8Array): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const socket = { ...ignore, close: () => resolve(), connectError: () => resolve() };
  Bun.connect({ hostname: '127.0.0.1', port, socket }).then(
    (open) => open.write(bytes),
    () => resolve(),
  );
  return promise;
}

function requestFor(path: string): Uint8Array {
  return utf8(`GET ${path} HTTP/1.1\r\nHost: ${DOMAIN}\r\n\r\n`);
}

function hello(): Uint8Array {
  nextHello = (nextHello + 1) % HELLOS.length;
  return HELLOS[nextHello] as Uint8Array;
}

function makeHello(): Uint8Array {
  return signHello(
    buildClientHello({ domain: DOMAIN, random: systemRandom }),
    WRONG_KEY,
    Math.floor(Date.now() / 1_000),
  );
}
