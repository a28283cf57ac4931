import { GrowingSizes } from '../src/wire/tls/growing-sizes.ts';
import { RecordReader, type RecordSizes, RecordWriter, SERVER_RECORD_PAYLOAD } from '../src/wire/tls/records.ts';

/**
 * What record sizes cost and bring, on a slow link: two network namespaces joined by a link of 1 Mbit/s, with 50 ms each
 * way where the kernel has netem, else without delay (tbf). Needs root and iproute2. A server sends answers of 4 to 64 KB in fake-TLS records; measured is when the client,
 * which reads a record only when it is whole, has its first bytes. Then the CPU of wrapping alone.
 *
 * Usage: bun bench/record-sizes.ts
 */
const SIZES: Record<string, () => RecordSizes> = {
  'fixed 16 KB': () => ({ next: () => SERVER_RECORD_PAYLOAD }),
  growing: () => new GrowingSizes(),
};
const ANSWERS = [4_096, 16_384, 65_536];
const REPEATS = 5;
const SERVER_ADDRESS = '10.99.0.1'; // inside namespaces that this program makes and removes
const PORT = 7_000;

const [role] = process.argv.slice(2);
if (role === 'server') serve();
else if (role === 'client') await visit();
else await main();

async function main(): Promise<void> {
  const run = (command: string) => {
    const done = Bun.spawnSync(['sh', '-c', command], { stderr: 'inherit' });
    if (done.exitCode !== 0) throw new Error(`failed: ${command}`);
  };
  run('ip netns add petrel-a && ip netns add petrel-b');
  try {
    run('ip link add petrel-va netns petrel-a type veth peer name petrel-vb netns petrel-b');
    run(
      `ip -n petrel-a addr add ${SERVER_ADDRESS}/24 dev petrel-va && ip -n petrel-b addr add 10.99.0.2/24 dev petrel-vb`,
    );
    run('ip -n petrel-a link set petrel-va up && ip -n petrel-b link set petrel-vb up');
    for (const [side, device] of [
      ['a', 'va'],
      ['b', 'vb'],
    ])
      slowDown(`ip netns exec petrel-${side} tc qdisc add dev petrel-${device} root`);
    const inside = (namespace: string, name: string) =>
      Bun.spawn(['ip', 'netns', 'exec', namespace, process.execPath, import.meta.path, name], {
        stdout: 'inherit',
        stderr: 'inherit',
      });
    const server = inside('petrel-a', 'server');
    await Bun.sleep(500);
    await inside('petrel-b', 'client').exited;
    server.kill();
    await server.exited;
  } finally {
    run('ip netns del petrel-a; ip netns del petrel-b');
  }
  cpu();
}

function slowDown(add: string): void {
  const quietly = (command: string) => Bun.spawnSync(['sh', '-c', command], { stderr: 'ignore' }).exitCode === 0;
  if (quietly(`${add} netem delay 50ms rate 1mbit`)) return;
  if (!quietly(`${add} tbf rate 1mbit burst 4kb latency 1000ms`))
    throw new Error('the kernel has neither netem nor tbf');
}

/** One byte asks: the high half names the sizes, the low half the answer. */
function serve(): void {
  Bun.listen({
    hostname: SERVER_ADDRESS,
    port: PORT,
    socket: {
      open(socket) {
        socket.setNoDelay(true);
      },
      data(socket, chunk) {
        const sizes = Object.values(SIZES)[(chunk[0] ?? 0) >> 4];
        const answer = new Uint8Array(ANSWERS[(chunk[0] ?? 0) & 0xf] ?? 0);
        if (sizes !== undefined) socket.write(new RecordWriter(sizes()).wrap(answer));
      },
    },
  });
}

async function visit(): Promise<void> {
  console.log('1 Mbit/s: ms until the first whole record, until everything (medians)');
  for (const [index, bytes] of ANSWERS.entries()) {
    for (const [mode, name] of Object.keys(SIZES).entries()) {
      const runs: { first: number; all: number }[] = [];
      for (let repeat = 0; repeat < REPEATS; repeat += 1) runs.push(await once((mode << 4) | index, bytes));
      const median = (key: 'first' | 'all') => runs.map((one) => one[key]).sort((a, b) => a - b)[REPEATS >> 1] ?? 0;
      console.log(
        `${String(bytes).padStart(6)} bytes  ${name.padEnd(12)} ${median('first').toFixed(0).padStart(5)} ${median('all').toFixed(0).padStart(5)}`,
      );
    }
  }
}

/** Delivers records as TDLib does: only whole ones. */
function once(question: number, bytes: number): Promise<{ first: number; all: number }> {
  return new Promise((resolve) => {
    let start = 0;
    let first = 0;
    let payload = 0;
    let pending = new Uint8Array(0);
    void Bun.connect({
      hostname: SERVER_ADDRESS,
      port: PORT,
      socket: {
        open(socket) {
          start = performance.now();
          socket.write(Uint8Array.of(question));
        },
        data(socket, chunk) {
          pending = Buffer.concat([pending, chunk]);
          while (pending.length >= 5) {
            const length = ((pending[3] ?? 0) << 8) | (pending[4] ?? 0);
            if (pending.length < 5 + length) break;
            first ||= performance.now() - start;
            payload += new RecordReader().read(pending.subarray(0, 5 + length))?.length ?? 0;
            pending = pending.subarray(5 + length);
          }
          if (payload < bytes) return;
          resolve({ first, all: performance.now() - start });
          socket.end();
        },
      },
    });
  });
}

function cpu(): void {
  const chunk = new Uint8Array(65_536);
  console.log('CPU of wrapping, us for 64 KB (a fresh stream of 1 MB, then bulk)');
  for (const [name, sizes] of Object.entries(SIZES)) {
    const begin = Bun.nanoseconds();
    for (let stream = 0; stream < 200; stream += 1) {
      const writer = new RecordWriter(sizes());
      for (let sent = 0; sent < 16; sent += 1) writer.wrap(chunk);
    }
    const fresh = (Bun.nanoseconds() - begin) / 1000 / (200 * 16);
    const bulk = new RecordWriter(sizes());
    const from = Bun.nanoseconds();
    for (let sent = 0; sent < 5_000; sent += 1) bulk.wrap(chunk);
    console.log(`${name.padEnd(12)} ${fresh.toFixed(2)} ${((Bun.nanoseconds() - from) / 1000 / 5_000).toFixed(2)}`);
  }
}
