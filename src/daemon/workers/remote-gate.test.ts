import { expect, test } from 'bun:test';
import { until } from '../../../test/support/proxy.ts';
import { userOf } from '../../../test/support/users.ts';
import { Permit } from '../../proxy/admission.ts';
import type { Place } from '../../proxy/gate.ts';
import type { Report } from './messages.ts';
import { RemoteGate } from './remote-gate.ts';

const IP = '192.0.2.1';
const HANDSHAKE = { kind: 'hello', digest: 'sixteen letters.' } as const;

function set(answerLimitMs?: number) {
  const reports: Report[] = [];
  const limits = { areSet: true };
  const gate = new RemoteGate({
    post: (report) => void reports.push(report),
    onChange: () => {},
    asksPlaces: () => limits.areSet,
    ...(answerLimitMs !== undefined && { answerLimitMs }),
  });
  return { gate, reports, limits };
}

test('what it asks', async () => {
  const { gate, reports } = set();
  void gate.enter(IP);
  void gate.admit({ user: userOf(), ip: IP, ...HANDSHAKE });
  expect(reports).toEqual([
    { kind: 'enter', id: 1, ip: IP },
    { kind: 'admit', id: 2, name: 'alice', ip: IP, handshake: HANDSHAKE },
  ]);
});

test('nobody is asked for a place while places are not limited; when they become so, those that stand are counted', () => {
  const { gate, reports, limits } = set();
  limits.areSet = false;
  const [first, second, third] = ['192.0.2.1', '192.0.2.2', '192.0.2.3'].map((ip) => gate.enter(ip) as Place);
  first?.release();
  gate.recount();
  expect(reports).toEqual([]);

  limits.areSet = true;
  gate.recount();
  gate.recount();
  expect(reports.splice(0)).toEqual([
    { kind: 'enter', id: 1, ip: '192.0.2.2' },
    { kind: 'enter', id: 2, ip: '192.0.2.3' },
  ]);
  gate.take({ kind: 'entered', id: 1, answer: 'free' });
  gate.take({ kind: 'entered', id: 2, answer: 'full' });
  for (const place of [first, second, third, second]) place?.release();
  expect(reports).toEqual([
    { kind: 'release', id: 1 },
    { kind: 'release', id: 2 },
  ]);
});

test('without an answer in time nobody gets in; an answer that comes too late is given back', async () => {
  const { gate, reports } = set(20);
  const user = userOf();
  const entering = gate.enter(IP);
  const admitting = gate.admit({ user, ip: IP, ...HANDSHAKE });
  expect(await entering).toBe('undecided');
  expect(await admitting).toBe('undecided');
  expect(user.connections).toBe(0);
  reports.length = 0;
  gate.take({ kind: 'entered', id: 1, answer: 'free' });
  gate.take({ kind: 'admitted', id: 2, answer: 'free' });
  expect(reports).toEqual([
    { kind: 'release', id: 1 },
    { kind: 'release', id: 2 },
  ]);
  gate.close();
});

test('a late refusal has nothing to give back', async () => {
  const { gate, reports } = set(20);
  const entering = gate.enter(IP);
  await entering;
  reports.length = 0;
  gate.take({ kind: 'entered', id: 1, answer: 'full' });
  expect(reports).toEqual([]);
  gate.close();
});

test('what was asked for a user that has to end is void', async () => {
  const { gate, reports } = set();
  const [ended, stays] = [userOf(), userOf({ name: 'bert' })];
  const asked = [ended, stays].map((user) => gate.admit({ user, ip: IP, ...HANDSHAKE }));
  gate.withdraw(new Set([ended]));
  expect(await asked[0]).toBe('user-disabled');
  reports.length = 0;
  gate.take({ kind: 'admitted', id: 1, answer: 'free' });
  gate.take({ kind: 'admitted', id: 2, answer: 'free' });
  expect(await asked[1]).toBeInstanceOf(Permit);
  expect(reports).toEqual([{ kind: 'release', id: 1 }]);
  expect([ended.connections, stays.connections]).toEqual([0, 1]);
});

test('questions do not pile up behind a side that is stuck, and it goes on when that answers again', async () => {
  const { gate, reports } = set(20);
  let refusedAtOnce = 0;
  for (let i = 0; i < 20_000; i += 1)
    void Promise.resolve(gate.enter(IP)).then((answer) => (refusedAtOnce += answer === 'undecided' ? 1 : 0));
  await until(() => refusedAtOnce === 20_000, 'all given up');
  expect(reports.length).toBe(16_384);
  for (const report of [...reports])
    if (report.kind === 'enter') gate.take({ kind: 'entered', id: report.id, answer: 'full' });
  const next = gate.enter(IP);
  expect(reports.at(-1)).toMatchObject({ kind: 'enter' });
  const last = reports.at(-1);
  if (last?.kind === 'enter') gate.take({ kind: 'entered', id: last.id, answer: 'free' });
  expect(await next).toMatchObject({ isCrowded: false });
  gate.close();
});
