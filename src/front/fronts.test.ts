import { afterEach, expect, test } from 'bun:test';
import { CLOSED_PORT, DOMAIN, until } from '../../test/support/proxy.ts';
import { flightOf, ScriptedSite } from '../../test/support/scripted-site.ts';
import { createLog } from '../kit/log.ts';
import { systemRandom } from '../kit/random.ts';
import { type ClientHello, readClientHello } from '../wire/tls/client-hello.ts';
import type { FlightShape } from '../wire/tls/server-flight.ts';
import { buildClientHello } from '../wire/tls/synthetic-hello.ts';
import { defaultProfile } from './default-profile.ts';
import { Fronts, type ProfileStore } from './fronts.ts';
import { MARK_KEY_BYTES, OwnMarks } from './own-marks.ts';

const SHAPE: FlightShape = { cipher: 0x1301, group: 0x11ec, extensionOrder: 'share-first', encryptedLength: 777 };

class Shelf implements ProfileStore {
  readonly texts = new Map<string, string>();

  profileTexts(): string[] {
    return [...this.texts.values()];
  }

  saveProfileText(domain: string, text: string): void {
    this.texts.set(domain, text);
  }
}

const opened: Fronts[] = [];
afterEach(() => {
  for (const fronts of opened.splice(0)) fronts.close();
});

function open(port: number, store = new Shelf()) {
  const lines: { level: string; message: string }[] = [];
  const log = createLog({ level: 'debug', format: 'json', write: (line) => void lines.push(JSON.parse(line)) });
  const siteOf = () => ({ endpoint: { host: '127.0.0.1', port }, preface: null });
  const marks = new OwnMarks(systemRandom(MARK_KEY_BYTES), systemRandom);
  let changes = 0;
  const onChange = () => {
    changes += 1;
  };
  const fronts = new Fronts({ store, log, random: systemRandom, marks, siteOf, onChange });
  opened.push(fronts);
  const told = (message: string) => lines.filter((line) => line.message.includes(message));
  return { fronts, store, told, changes: () => changes };
}

function hello(): ClientHello {
  const reading = readClientHello(buildClientHello({ domain: DOMAIN, random: systemRandom }));
  if (reading.kind !== 'match') throw new Error('no hello');
  return reading.hello;
}

const DEFAULT_LENGTH = defaultProfile(DOMAIN).encryptedTotals[0] ?? 0;
const LEARNED = 'learned how the fronted site answers';

test('before a site has answered the default stands in; then its own shape, kept for the next start', async () => {
  using site = new ScriptedSite((asked) => flightOf(asked, SHAPE));
  const { fronts, store, told } = open(site.port);
  expect(fronts.shapeFor(DOMAIN, hello()).encryptedLength).toBe(DEFAULT_LENGTH);
  fronts.follow([DOMAIN]);
  await until(() => told(LEARNED).length === 1, 'learned');
  expect(fronts.shapeFor(DOMAIN, hello())).toEqual(SHAPE);
  const next = open(CLOSED_PORT, store);
  expect(next.fronts.shapeFor(DOMAIN, hello())).toEqual(SHAPE);
});

test('a domain is surveyed once however often it is followed, and each has its own profile', async () => {
  using site = new ScriptedSite((asked) =>
    flightOf(asked, { ...SHAPE, encryptedLength: asked.serverName === DOMAIN ? 777 : 888 }),
  );
  const { fronts, told } = open(site.port);
  const domains = [DOMAIN, 'other.example.org'];
  for (let turn = 0; turn < 3; turn++) fronts.follow(domains);
  await until(() => told(LEARNED).length === 2, 'learned');
  expect(domains.map((domain) => fronts.shapeFor(domain, hello()).encryptedLength)).toEqual([777, 888]);
  expect(site.hellos).toHaveLength(16);
});

test('a domain that is given up while it is asked is not learned', async () => {
  let isGivenUp = false;
  using site = new ScriptedSite((asked) => {
    if (!isGivenUp) fronts.follow([]);
    isGivenUp = true;
    return flightOf(asked, SHAPE);
  });
  const { fronts, store, told } = open(site.port);
  fronts.follow([DOMAIN]);
  await until(() => site.hellos.length === 8 && site.open === 0, 'the survey is over');
  expect([told(LEARNED).length, store.texts.size]).toEqual([0, 0]);
});

test('a site that cannot be reached is in trouble while it is followed', async () => {
  const { fronts, changes } = open(CLOSED_PORT);
  fronts.follow([DOMAIN]);
  await until(() => changes() === 1, 'found out');
  const trouble = { kind: 'unreachable', reason: 'refused or unreachable' } as const;
  expect([fronts.troubleOf(DOMAIN), fronts.troubleOf('other.example.org')]).toEqual([trouble, null]);
  fronts.follow(['other.example.org']);
  expect(fronts.troubleOf(DOMAIN)).toBeNull();
  await until(() => changes() === 2, 'the other domain too');
  expect(fronts.troubleOf('other.example.org')).toEqual(trouble);
});

test('a site that was asked a moment ago is not asked again at once, whoever doubts it', async () => {
  using site = new ScriptedSite((asked) => flightOf(asked, SHAPE));
  const { fronts, told } = open(site.port);
  fronts.follow([DOMAIN]);
  fronts.doubt(DOMAIN);
  await until(() => told(LEARNED).length === 1, 'learned');
  for (const domain of [DOMAIN, DOMAIN, 'other.example.org']) fronts.doubt(domain);
  await until(() => site.open === 0, 'nobody is there');
  expect(site.hellos).toHaveLength(8);
});

test('what is kept damaged is as good as nothing', () => {
  const store = new Shelf();
  store.texts.set(DOMAIN, '{"version":1');
  expect(open(CLOSED_PORT, store).fronts.shapeFor(DOMAIN, hello()).encryptedLength).toBe(DEFAULT_LENGTH);
});
