import { expect, test } from 'bun:test';
import { SimulatedClient } from '../../src/demo/client/simulated-client.ts';
import { SimulatedDataCenter } from '../../src/demo/telegram/data-center.ts';
import type { Faults } from '../../src/demo/telegram/faults.ts';
import { utf8 } from '../../src/kit/bytes.ts';
import { writeProxyHeader } from '../../src/wire/proxy-header.ts';
import { expectDescriptors, openDescriptors } from '../support/descriptors.ts';
import { loopTurn } from '../support/loop-turn.ts';
import { Prng } from '../support/prng.ts';
import { expectSettled, secretOf, TestProxy, USER_KEY } from '../support/proxy.ts';
import { RawListener, RawPeer } from '../support/raw-peer.ts';
import { cutAtRandom, InputMaker } from './inputs.ts';

const INPUTS = Number(process.env['PETREL_FUZZ_INPUTS'] ?? 20_000);
const SEED = Number(process.env['PETREL_FUZZ_SEED'] ?? Math.floor(Math.random() * 0xffff_ffff));
/** So many find every way through the proxy. */
const ENOUGH_INPUTS = 20_000;
const AT_ONCE = 64;
/** A reload, and other faults of the data centre, after so many inputs. */
const CHANGE_EVERY = 1_000;
const FAULTS: readonly Faults[] = [
  {},
  { closeOnAccept: true },
  { silent: true },
  { resetAfterBytes: 200 },
  { halfCloseAfterAnswer: true },
];
const TIMES = '[limits]\nhandshake_timeout = "100ms"\nfirst_byte_timeout = "200ms"\nidle_timeout = "1s"';
const LIMIT_MS = 60_000;

test(
  `${INPUTS} hostile inputs leave nothing behind (PETREL_FUZZ_SEED=${SEED})`,
  async () => {
    const prng = new Prng(SEED);
    using site = new RawListener((peer) => behaveAtRandom(peer, prng));
    const dc = SimulatedDataCenter.start();
    const setup = { dcPort: dc.port, sitePort: site.port, toml: `${TIMES}\n[telegram]\npool_size = 0` };
    await using direct = new TestProxy(setup);
    await using balanced = new TestProxy({ ...setup, toml: `${setup.toml}\n[proxy_protocol]\nenabled = true` });
    const proxies = [direct, balanced];
    const descriptors = openDescriptors();

    const inputs = new InputMaker(prng);
    let done = 0;
    const work = async () => {
      while (done < INPUTS) {
        done += 1;
        if (done % CHANGE_EVERY === 0) {
          dc.faults = prng.pick(FAULTS);
          for (const proxy of proxies) proxy.reload({ users: usersAtRandom(prng) });
        }
        const proxy = prng.pick([direct, direct, balanced]);
        await attack(proxy.port, inputs.next(proxy === balanced), prng);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));

    dc.faults = {};
    for (const proxy of proxies) {
      await expectSettled(proxy);
      expect(proxy.logLines.filter(({ level }) => level === 'error')).toEqual([]);
    }
    await expectDescriptors(descriptors);
    if (INPUTS >= ENOUGH_INPUTS) expectEveryWay(proxies);
    for (const proxy of proxies) {
      proxy.reload({});
      await expectEcho(proxy.port, proxy === balanced);
    }
  },
  LIMIT_MS,
);

/** The inputs have found the ways through the proxy; else the test shows less than it seems to. */
function expectEveryWay(proxies: readonly TestProxy[]): void {
  for (const outcome of [
    'served',
    'reset',
    'violation',
    'cut',
    'masked',
    'left',
    'bad-header',
    'unknown-dc',
  ] as const) {
    expect(Math.max(...proxies.map(({ ledger }) => ledger.outcomes[outcome])), outcome).toBeGreaterThan(0);
  }
  for (const reason of ['not-a-client', 'wrong-secret', 'unknown-sni', 'clock-skew', 'replay', 'truncated'] as const) {
    expect(Math.max(...proxies.map(({ ledger }) => ledger.strangers[reason])), reason).toBeGreaterThan(0);
  }
}

/** One client: connects, sends its pieces, and ends at some step in some way. */
async function attack(port: number, input: Uint8Array, prng: Prng): Promise<void> {
  const peer = await RawPeer.connect(port);
  const pieces = cutAtRandom(input, prng);
  const lastStep = prng.chance(0.3) ? prng.below(pieces.length + 1) : pieces.length;
  if (prng.chance(0.05)) peer.pause();
  for (const piece of pieces.slice(0, lastStep)) {
    void peer.write(piece);
    if (prng.chance(0.5)) await loopTurn();
  }
  if (prng.chance(0.3)) peer.finish();
  if (prng.chance(0.3)) await loopTurn();
  if (prng.chance(0.02)) await Promise.race([peer.end(), Bun.sleep(700)]).catch(() => {});
  if (prng.chance(0.5)) peer.close();
  else peer.reset();
}

/** A site that answers, ends, resets or says nothing; when its visitor is gone it goes too. */
function behaveAtRandom(peer: RawPeer, prng: Prng): void {
  const mood = prng.below(5);
  peer.onBytes = (chunk) => {
    if (mood === 0) void peer.write(chunk);
    else if (mood === 1) peer.finish();
    else if (mood === 2) peer.reset();
    else if (mood === 3) peer.close();
  };
  peer.onFin = () => peer.close();
}

function usersAtRandom(prng: Prng): string {
  const alice = `[users.alice]\nsecret = "${USER_KEY}"\nmax_connections = ${prng.pick([0, 0, 2])}`;
  return prng.pick([alice, alice, `${alice}\nenabled = false`, alice.replace('alice', 'bob')]);
}

async function expectEcho(port: number, isBalanced: boolean): Promise<void> {
  const end = { ip: '203.0.113.7', port: 40_001 };
  const preface = isBalanced ? { preface: writeProxyHeader(2, end, end) } : {};
  const client = await SimulatedClient.connect({ host: '127.0.0.1', port, secret: secretOf('ee'), ...preface });
  const words = utf8('some bytes!!');
  expect(await client.echo(words)).toEqual(words);
  client.close();
}
