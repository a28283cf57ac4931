import { SimulatedClient } from '../../src/demo/client/simulated-client.ts';
import { concat, utf8 } from '../../src/kit/bytes.ts';
import { systemRandom } from '../../src/kit/random.ts';
import { buildInitHeader } from '../../src/wire/obfuscated2.ts';
import type { Secret, SecretKind } from '../../src/wire/secret.ts';
import { signHello } from '../../src/wire/tls/hello-digest.ts';
import { CHANGE_CIPHER_SPEC, RecordWriter } from '../../src/wire/tls/records.ts';
import { buildClientHello } from '../../src/wire/tls/synthetic-hello.ts';
import type { Prng } from '../../test/support/prng.ts';
import { RawPeer } from '../../test/support/raw-peer.ts';
import { DCS, type World } from './world.ts';

/** One connection to the proxy, from its begin to some end. */
export interface Visit {
  readonly name: string;
  /** How often it comes, against the others. */
  readonly weight: number;
  /** It has to succeed when nothing around troubles it. */
  readonly mustSucceed: boolean;
  run(world: World, prng: Prng): Promise<void>;
}

const TRANSFER_BYTES = 200_000;
const ENDLESS_BYTES = 2 ** 30;
const ANSWER_LIMIT_MS = 8_000;
const WORDS = utf8('sixteen bytes...');
const KINDS: readonly SecretKind[] = ['ee', 'ee', 'dd', 'plain'];

export const VISITS: readonly Visit[] = [
  served('an echo', 30, async (client) => void (await client.echo(WORDS))),
  served('a download', 6, async (client) => intact(await client.download(TRANSFER_BYTES))),
  served('an upload', 6, async (client) => intact(await client.upload(TRANSFER_BYTES))),
  served('a reset in the middle of a download', 6, async (client, prng) => {
    void client.download(ENDLESS_BYTES).catch(() => {});
    await moved(client, () => client.bytesDown, prng.below(500_000));
    client.reset();
  }),
  served('a reset in the middle of an upload', 6, async (client, prng) => {
    void client.upload(ENDLESS_BYTES).catch(() => {});
    await moved(client, () => client.bytesUp, prng.below(500_000));
    client.reset();
  }),
  served('a reader that stalls and leaves', 4, async (client) => {
    client.pauseReading();
    void client.download(ENDLESS_BYTES).catch(() => {});
    await Bun.sleep(20);
  }),
  served('a data centre that ends the connection', 3, async (client, prng) => {
    client.ask(prng.pick(['close', 'reset']));
    await client.ended;
  }),
  raw('no byte', 4, () => new Uint8Array(0)),
  raw('a part of a hello', 6, (world, prng) => part(hello(world, world.secret('ee')), prng)),
  raw('a whole hello, and no more', 6, (world) => hello(world, world.secret('ee'))),
  raw('a hello and a part of an init header', 5, (world, prng) => {
    const records = new RecordWriter().wrap(header('ee', world));
    return concat(hello(world, world.secret('ee')), CHANGE_CIPHER_SPEC, part(records, prng));
  }),
  raw('a part of a bare init header', 4, (world, prng) => part(header('dd', world), prng)),
  raw('a hello with an unknown secret', 5, (world) => hello(world, world.secret('ee', 'nobody'))),
  raw('a stranger that asks for a page', 5, () => utf8('GET / HTTP/1.1\r\nHost: front.example.org\r\n\r\n')),
  raw('random bytes', 3, (_, prng) => prng.bytes(prng.below(400))),
  raw('a silent data centre', 1, (world) => header('dd', world, DCS.silent)),
  raw('a dead data centre', 3, (world) => header('dd', world, DCS.dead)),
  {
    name: 'a hello twice',
    weight: 3,
    mustSucceed: true,
    async run(world) {
      const bytes = hello(world, world.secret('ee'));
      for (let time = 0; time < 2; time += 1) await say(world, bytes, (peer) => peer.received > 0);
    },
  },
];

/** A client that gets as far as its data centre. */
function served(name: string, weight: number, work: (client: SimulatedClient, prng: Prng) => Promise<void>): Visit {
  return {
    name,
    weight,
    mustSucceed: true,
    async run(world, prng) {
      const secret = world.secret(prng.pick(KINDS));
      const where = { host: '127.0.0.1', port: world.port, secret, dc: DCS.troubled, now: world.now };
      const client = await withinLimit(SimulatedClient.connect(where), name);
      try {
        await withinLimit(work(client, prng), name);
      } finally {
        client.close();
      }
    },
  };
}

/** Somebody who says something and leaves in some way. */
function raw(name: string, weight: number, words: (world: World, prng: Prng) => Uint8Array): Visit {
  return {
    name,
    weight,
    mustSucceed: false,
    async run(world, prng) {
      const peer = await RawPeer.connect(world.port);
      await peer.write(words(world, prng));
      await Bun.sleep(prng.below(30));
      if (prng.chance(0.3)) peer.finish();
      if (prng.chance(0.5)) peer.close();
      else peer.reset();
    },
  };
}

async function say(world: World, bytes: Uint8Array, isEnough: (peer: RawPeer) => boolean): Promise<void> {
  const peer = await RawPeer.connect(world.port);
  await peer.write(bytes);
  await peer.until((it) => isEnough(it) || !it.isOpen, 'an answer', ANSWER_LIMIT_MS);
  peer.reset();
}

function hello(world: World, { key, domain }: Secret): Uint8Array {
  const seconds = Math.floor(world.now() / 1_000);
  return signHello(buildClientHello({ domain, random: systemRandom }), key, seconds);
}

function header(kind: SecretKind, world: World, dc: number = DCS.troubled): Uint8Array {
  const { key } = world.secret(kind);
  return buildInitHeader({ framing: 'padded', dc, random: systemRandom, secretKey: key, insideTls: kind === 'ee' })
    .wire;
}

function part(bytes: Uint8Array, prng: Prng): Uint8Array {
  return bytes.slice(0, prng.below(bytes.length));
}

function intact({ isIntact }: { isIntact: boolean }): void {
  if (!isIntact) throw new Error('bytes came changed');
}

async function moved(client: SimulatedClient, bytes: () => number, wanted: number): Promise<void> {
  while (client.isOpen && bytes() < wanted) await Bun.sleep(1);
}

async function withinLimit<T>(work: Promise<T>, what: string): Promise<T> {
  const limit = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => limit.reject(new Error(`${what}: nothing for ${ANSWER_LIMIT_MS / 1_000} s`)),
    ANSWER_LIMIT_MS,
  );
  try {
    return await Promise.race([work, limit.promise]);
  } finally {
    clearTimeout(timer);
  }
}
