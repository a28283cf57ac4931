import { expect, test } from 'bun:test';
import { termsOf } from '../../test/support/users.ts';
import { systemRandom } from '../kit/random.ts';
import { readClientHello } from '../wire/tls/client-hello.ts';
import { signHello } from '../wire/tls/hello-digest.ts';
import { buildClientHello } from '../wire/tls/synthetic-hello.ts';
import { OtherDomains } from './other-domains.ts';
import { Roster } from './roster.ts';

const KEY = new Uint8Array(16).fill(7);
const turn = () => new Promise(setImmediate);

function helloFor(domain: string, key: Uint8Array) {
  const reading = readClientHello(signHello(buildClientHello({ domain, random: systemRandom }), key, 1_700_000_000));
  if (reading.kind !== 'match') throw new Error(reading.kind);
  return reading.hello;
}

function world(users: number) {
  const roster = new Roster();
  const terms = Array.from({ length: users }, (_, number) =>
    termsOf({ name: `user${number}`, key: number === users - 1 ? KEY : systemRandom(16) }),
  );
  roster.replace(terms, () => null);
  const found: string[] = [];
  const clock = { ms: 0 };
  const domains = new OtherDomains(
    roster,
    (serverName, user) => found.push(`${serverName} ${user.terms.name}`),
    () => clock.ms,
  );
  return { domains, found, clock };
}

test('finds whose secret it is, once a second at most', async () => {
  const { domains, found, clock } = world(3);
  domains.look(helloFor('old.example.org', KEY));
  expect(found).toEqual([]); // not while the client waits
  await turn();
  expect(found).toEqual(['old.example.org user2']);
  domains.look(helloFor('old.example.org', KEY));
  await turn();
  expect(found).toHaveLength(1);
  clock.ms = 1_000;
  domains.look(helloFor('older.example.org', KEY));
  await turn();
  expect(found).toEqual(['old.example.org user2', 'older.example.org user2']);
});

test('searches take turns over many users', async () => {
  const { domains, found, clock } = world(1_500);
  for (let second = 0; second < 2; second += 1) {
    clock.ms = second * 1_000;
    domains.look(helloFor('old.example.org', KEY));
    await turn();
    expect(found).toHaveLength(second);
  }
});

test('a hello of no client’s size is not looked at', async () => {
  const { domains, found } = world(1);
  const hello = helloFor('old.example.org', KEY);
  domains.look({ ...hello, record: new Uint8Array(4_000) });
  domains.look(hello); // it did not use the turn up
  await turn();
  expect(found).toHaveLength(1);
});
