import { concat, utf8 } from '../../src/kit/bytes.ts';
import { CHANGE_CIPHER_SPEC, RecordWriter } from '../../src/wire/tls/records.ts';
import { initHeader, signedHello } from './hellos.ts';
import { loopTurn } from './loop-turn.ts';
import type { RecordingSite } from './origin-site.ts';
import { type TestProxy, USER_KEY, until } from './proxy.ts';
import { connectToFlight, RawClient } from './raw-client.ts';
import type { RawDataCenter, RawDcSide } from './raw-data-center.ts';
import { RawPeer } from './raw-peer.ts';

/** Everything a session can meet. The data centre `SILENT_DC` never answers a SYN. */
export interface World {
  readonly proxy: TestProxy;
  readonly dc: RawDataCenter;
  readonly site: RecordingSite;
}

export const SILENT_DC = 203;

/** A session at some step of its life. */
export interface Reached {
  readonly client: RawPeer;
  /** The other side, once there is one. */
  readonly far?: RawPeer;
}

export interface Step {
  readonly name: string;
  /** `user`: it belongs to a user by now. `far`: it has another side. */
  readonly has: readonly ('user' | 'far')[];
  /** More configuration, and whether even the site is silent. */
  readonly toml?: string;
  readonly users?: string;
  readonly isSiteSilent?: boolean;
  reach(world: World): Promise<Reached>;
}

const MANY_BYTES = 8 * 1024 * 1024;
const WRONG_KEY = '00112233445566778899aabbccddeeff';

/** The steps in the order of a session's life. */
export const STEPS: readonly Step[] = [
  { name: 'before the first byte', has: [], reach: ({ proxy }) => sayAndWait(proxy, new Uint8Array(0)) },
  {
    name: 'in the middle of a hello',
    has: [],
    reach: ({ proxy }) => sayAndWait(proxy, signedHello().subarray(0, 700)),
  },
  {
    name: 'in the middle of a bare init header',
    has: [],
    reach: ({ proxy }) => sayAndWait(proxy, initHeader().subarray(0, 30)),
  },
  {
    name: 'after the flight',
    has: ['user'],
    reach: async ({ proxy }) => ({ client: await connectToFlight(proxy.port) }),
  },
  {
    name: 'in the middle of an init header inside TLS',
    has: ['user'],
    async reach({ proxy }) {
      const client = await connectToFlight(proxy.port);
      await client.write(concat(CHANGE_CIPHER_SPEC, new RecordWriter().wrap(initHeader()).subarray(0, 25)));
      await loopTurn();
      return { client };
    },
  },
  {
    name: 'while the data centre is dialled',
    has: ['user'],
    async reach({ proxy }) {
      const { peer } = await RawClient.open(proxy.port, 'ee', { dc: SILENT_DC });
      await loopTurn();
      return { client: peer };
    },
  },
  { name: 'at once after the relay starts', has: ['user', 'far'], reach: (world) => relayed(world) },
  {
    name: 'in the middle of a transfer both ways',
    has: ['user', 'far'],
    async reach(world) {
      const { client, side, raw } = await relayed(world);
      void side.send(new Uint8Array(MANY_BYTES));
      void raw.send(new Uint8Array(MANY_BYTES));
      await until(() => raw.received > 100_000 && side.received > 100_000, 'both ways moving');
      return { client, far: side.peer };
    },
  },
  {
    name: 'while it is held back by a rate',
    has: ['user', 'far'],
    users: `[users.alice]\nsecret = "${USER_KEY}"\nrate = "100KB"`,
    async reach(world) {
      const { client, side, raw } = await relayed(world);
      void side.send(new Uint8Array(MANY_BYTES));
      void raw.send(new Uint8Array(MANY_BYTES));
      const { ledger } = world.proxy;
      await until(
        () => ledger.downlinkBytes > 50_000 && ledger.uplinkBytes > 50_000,
        'more than the rate allows at once',
      );
      return { client, far: side.peer };
    },
  },
  {
    name: 'after the client sent FIN',
    has: ['user', 'far'],
    async reach(world) {
      const reached = await relayed(world);
      reached.client.finish();
      await reached.far.end();
      return reached;
    },
  },
  {
    name: 'after the data centre sent FIN',
    has: ['user', 'far'],
    async reach(world) {
      const reached = await relayed(world);
      reached.far.finish();
      await reached.client.end();
      return reached;
    },
  },
  {
    name: 'while the client reads nothing',
    has: ['user', 'far'],
    async reach(world) {
      const { client, side } = await relayed(world);
      client.pause();
      void side.send(new Uint8Array(MANY_BYTES));
      await stands(() => world.proxy.ledger.downlinkBytes);
      return { client, far: side.peer };
    },
  },
  {
    name: 'while the data centre reads nothing',
    has: ['user', 'far'],
    async reach(world) {
      const { client, side, raw } = await relayed(world);
      side.peer.pause();
      void raw.send(new Uint8Array(MANY_BYTES));
      await stands(() => world.proxy.ledger.uplinkBytes);
      return { client, far: side.peer };
    },
  },
  {
    name: "while a stranger's site is dialled",
    has: [],
    isSiteSilent: true,
    reach: ({ proxy }) => sayAndWait(proxy, signedHello({ key: WRONG_KEY })),
  },
  {
    name: 'while a stranger is spliced',
    has: ['far'],
    async reach(world) {
      const client = await RawPeer.connect(world.proxy.port);
      const hello = signedHello({ key: WRONG_KEY });
      await client.write(hello);
      const far = await world.site.visitor(hello);
      await far.write(utf8('an answer'));
      await client.until(({ received }) => received > 0, 'the answer');
      return { client, far };
    },
  },
];

async function sayAndWait(proxy: TestProxy, bytes: Uint8Array): Promise<Reached> {
  const before = proxy.ledger.accepted;
  const client = await RawPeer.connect(proxy.port);
  if (bytes.length > 0) await client.write(bytes);
  await until(() => proxy.ledger.accepted > before, 'accepted');
  await loopTurn();
  return { client };
}

async function relayed({ proxy, dc }: World) {
  const raw = await RawClient.open(proxy.port, 'ee');
  const side: RawDcSide = await dc.next();
  return { client: raw.peer, far: side.peer, raw, side };
}

/** Waits until a figure no longer changes. */
async function stands(figure: () => number): Promise<void> {
  let last = -1;
  let looks = 0;
  await until(() => {
    looks = figure() === last ? looks + 1 : 0;
    last = figure();
    return looks > 10;
  }, 'nothing moving any more');
}
