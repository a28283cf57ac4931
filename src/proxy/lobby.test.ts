import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { Lobby } from './lobby.ts';

const NO_PATIENCE = { mostOfOneNetwork: 1_000, patienceMs: 0 };

/** Guests are called by their number and address: "3 192.0.2.1". */
function lobbyOf(ips: readonly string[], limits = NO_PATIENCE) {
  const lobby = new Lobby<string>(limits);
  for (const [index, ip] of ips.entries()) lobby.enter(`${index} ${ip}`, ip);
  return lobby;
}

/** In which order they would be spared. */
function spared<Guest>(lobby: Lobby<Guest>, count = Number.POSITIVE_INFINITY): Guest[] {
  const order: Guest[] = [];
  for (let next = lobby.longest(); next !== null && order.length < count; next = lobby.longest()) {
    order.push(next);
    lobby.spare(next);
  }
  return order;
}

describe('who can best be spared', () => {
  test('the one that waits longest, of the address that has most', () => {
    const lobby = lobbyOf(['192.0.2.1', '198.51.100.7', '198.51.100.7', '192.0.2.1', '198.51.100.7']);
    // From the second on they have two each, then one each: who came to that first.
    expect(spared(lobby)).toEqual(['1 198.51.100.7', '0 192.0.2.1', '2 198.51.100.7', '3 192.0.2.1', '4 198.51.100.7']);
    expect(lobby.size).toBe(0);
  });

  test('nobody when nobody is here', () => {
    expect(new Lobby<string>().longest()).toBeNull();
  });

  test.each([
    ['a /48', Array.from({ length: 40 }, (_, index) => `2001:db8:5:${index.toString(16)}::1`)],
    ['a /32', Array.from({ length: 40 }, (_, index) => `2001:db8:${index.toString(16)}::1`)],
    ['a /24', Array.from({ length: 40 }, (_, index) => `198.51.100.${index}`)],
  ])('whoever spreads over %s goes before somebody who has several of one address', (_prefix, crowd) => {
    const phone = ['2001:db9:1:1::7', '2001:db9:1:1::8', '2001:db9:1:1::9'];
    const order = spared(lobbyOf([...phone, ...crowd]), 37);
    expect(order.filter((guest) => guest.includes('2001:db9'))).toEqual([]);
  });

  test('a phone that shares a prefix with the crowd keeps its place while another of that prefix has more', () => {
    const order = spared(lobbyOf(['198.51.100.8', '198.51.100.8', ...new Array(20).fill('198.51.100.7')]), 18);
    expect(order.filter((guest) => guest.endsWith('.8'))).toEqual([]);
  });

  test('of a thousand addresses with one each: who waits longest', () => {
    const ips = Array.from({ length: 1_000 }, (_, index) => `10.${index >> 8}.${index & 255}.1`);
    expect(spared(lobbyOf(ips), 3)).toEqual(['0 10.0.0.1', '1 10.0.1.1', '2 10.0.2.1']);
  });

  test('of an own network, whoever else is here', () => {
    const lobby = lobbyOf(['192.0.2.1', '2001:db8::1', '2001:db8::2', '192.0.2.9']);
    expect(lobby.longestOf('2001:db8::99')).toBe('1 2001:db8::1');
    expect(lobby.longestOf('192.0.2.9')).toBe('3 192.0.2.9');
    expect(['2001:db8::99', '192.0.2.9'].map((ip) => lobby.countOf(ip))).toEqual([2, 1]);
    for (const ip of ['192.0.2.2', '192.0.3.1', '2001:db8:0:1::', '']) {
      expect([lobby.longestOf(ip), lobby.countOf(ip)]).toEqual([null, 0]);
    }
  });
});

test('whoever has shown what it is, or whose address is another one, counts there no more', () => {
  const lobby = lobbyOf(['192.0.2.1', '192.0.2.1', '192.0.2.2']);
  lobby.leave('0 192.0.2.1');
  lobby.leave('0 192.0.2.1');
  expect(lobby.size).toBe(2);
  lobby.enter('1 192.0.2.1', '192.0.2.2'); // what its PROXY header said
  expect(lobby.size).toBe(2);
  expect(spared(lobby)).toEqual(['2 192.0.2.2', '1 192.0.2.1']);
  expect(lobby.longestOf('192.0.2.1')).toBeNull();
});

test('whatever comes and goes, who is spared is here, and nobody stays behind', () => {
  const ips = fc.constantFrom(
    '192.0.2.1',
    '192.0.2.2',
    '198.51.100.7',
    '2001:db8::1',
    '2001:db8:0:1::1',
    '2001:db9::1',
  );
  const step = fc.oneof(ips, fc.nat(20), fc.constant(null)); // one comes, the so-manieth goes, the longest is spared
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const lobby = new Lobby<number>(NO_PATIENCE);
      const here = new Set<number>();
      for (const [index, each] of steps.entries()) {
        if (typeof each === 'string') {
          lobby.enter(index, each);
          here.add(index);
        } else {
          const goes = each === null ? lobby.longest() : ([...here][each] ?? null);
          if (each === null) expect(goes === null ? here.size === 0 : here.has(goes)).toBe(true);
          if (goes === null) continue;
          lobby.leave(goes);
          here.delete(goes);
        }
        expect(lobby.size).toBe(here.size);
      }
      expect(new Set(spared(lobby))).toEqual(here);
      expect([lobby.size, lobby.longest()]).toEqual([0, null]);
    }),
  );
});

describe('a network that has more than it may', () => {
  test('gives up those that have waited for longest, once they had their time', () => {
    const lobby = lobbyOf(['192.0.2.2', ...new Array(5).fill('192.0.2.1')], { mostOfOneNetwork: 3, patienceMs: 1_000 });
    const now = performance.now();
    expect(lobby.overdue(now)).toEqual([]);
    const overdue = lobby.overdue(now + 1_001);
    expect(overdue).toEqual(['1 192.0.2.1', '2 192.0.2.1']);
    for (const guest of overdue) lobby.spare(guest);
    expect(lobby.overdue(now + 1_001)).toEqual([]);
  });

  test('may have as many as it likes that have only just come', () => {
    const lobby = lobbyOf(new Array(4_000).fill('192.0.2.1'), { mostOfOneNetwork: 3, patienceMs: 60_000 });
    expect(lobby.overdue(performance.now())).toEqual([]);
  });
});

describe('the crowd is named', () => {
  test('by the narrowest network that has most of it', () => {
    const cases: [string[], string, number][] = [
      [['192.0.2.1', ...new Array(9).fill('198.51.100.7')], '198.51.100.7', 9],
      [Array.from({ length: 9 }, (_, index) => `198.51.100.${index}`), '198.51.100.0/24', 9],
      [Array.from({ length: 9 }, (_, index) => `2001:db8:5:${index}00::1`), '2001:db8:5::/48', 9],
      [new Array(9).fill('2001:db8:5:6::1'), '2001:db8:5:6::/64', 9],
    ];
    for (const [ips, network, connections] of cases) {
      const lobby = lobbyOf(ips);
      expect(lobby.crowd).toBeNull();
      spared(lobby, 1);
      expect(lobby.crowd).toEqual({ network, connections });
    }
  });

  test('also when it is gone, with the most that it had; then another one takes its name', () => {
    const lobby = lobbyOf(['198.51.100.7', '198.51.100.7']);
    spared(lobby);
    expect(lobby.crowd).toEqual({ network: '198.51.100.7', connections: 2 });
    lobby.enter('other', '192.0.2.1');
    spared(lobby);
    expect(lobby.crowd).toEqual({ network: '192.0.2.1', connections: 1 });
  });
});
