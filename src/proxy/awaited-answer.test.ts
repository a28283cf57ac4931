import { expect, test } from 'bun:test';
import type { Endpoint } from '../net/endpoint.ts';
import { AwaitedAnswer } from './awaited-answer.ts';
import { Ledger } from './ledger.ts';
import type { Outcome } from './outcome.ts';
import type { Plane } from './plane.ts';
import type { Session } from './session-table.ts';

const ADDRESS: Endpoint = { host: '127.0.0.1', port: 443 };

/** A relayed session as far as its answer goes; the dialer writes down what it is told. */
function begin() {
  const told: string[] = [];
  const stops: string[] = [];
  const session = { uplinkBytes: 0, downlinkBytes: 0, relay: { stop: (end: string) => void stops.push(end) } };
  const ledger = new Ledger();
  const dialer = {
    answered: (dc: number, address: Endpoint) => void told.push(`${dc} ${address === ADDRESS} answered`),
    unanswered: (dc: number, address: Endpoint, fault: string) =>
      void told.push(`${dc} ${address === ADDRESS} ${fault}`),
  };
  const plane = { dialer, ledger, complaints: { dcWorks: () => {} } } as unknown as Plane;
  const answer = new AwaitedAnswer(session as unknown as Session, plane, 2, ADDRESS);
  const sweeps = (count: number) => {
    for (let i = 0; i < count; i += 1) answer.sweep();
  };
  return { answer, session, told, stops, ledger, sweeps };
}

test('the first byte is the answer', () => {
  const { answer, session, told, sweeps } = begin();
  session.uplinkBytes = 100;
  sweeps(1);
  session.downlinkBytes = 1;
  sweeps(1);
  expect(told).toEqual(['2 true answered']);
  expect(answer.judge('served')).toBe('served');
});

test('a session shorter than a sweep is judged at its end', () => {
  const { answer, session, told } = begin();
  Object.assign(session, { uplinkBytes: 100, downlinkBytes: 100 });
  answer.ended('client');
  expect(answer.judge('served')).toBe('served');
  expect(told[0]).toBe('2 true answered');
});

test('five seconds of silence after the last byte of the client are too much', () => {
  const { answer, session, told, sweeps, ledger } = begin();
  session.uplinkBytes = 100;
  sweeps(10);
  session.uplinkBytes = 200; // a slow upload is not yet a question
  sweeps(1);
  expect(told).toEqual([]);
  sweeps(1);
  expect(told).toEqual(['2 true silent']);
  sweeps(7);
  expect(told).toHaveLength(1);
  sweeps(1); // a client that has waited for nine seconds is as good as two
  expect(told).toEqual(['2 true silent', '2 true silent']);
  sweeps(100);
  answer.ended('client');
  expect(told).toHaveLength(2);
  expect(answer.judge('idle')).toBe('unanswered');
  expect(ledger.dataCenter(2).sessionsUnanswered).toBe(1);
});

test('a late answer is one all the same', () => {
  const { answer, session, told, sweeps } = begin();
  session.uplinkBytes = 100;
  sweeps(12);
  session.downlinkBytes = 5;
  sweeps(1);
  expect(told).toEqual(['2 true silent', '2 true answered']);
  expect(answer.judge('reset')).toBe('reset');
});

test('a client that says nothing deserves no answer, however long', () => {
  const { answer, told, sweeps } = begin();
  sweeps(1_000);
  answer.ended('client');
  expect(answer.judge('served')).toBe('served');
  expect(told).toEqual([]);
});

test('a client that waited and left has been let down; one that left within a moment has not', () => {
  for (const [sweepsWaited, outcome] of [
    [1, 'served'],
    [3, 'unanswered'],
  ] as const) {
    const { answer, session, told, sweeps } = begin();
    session.uplinkBytes = 100;
    sweeps(sweepsWaited);
    answer.ended('client');
    expect(told).toEqual(outcome === 'served' ? [] : ['2 true silent']);
    answer.ended('far'); // it follows the client
    expect(answer.judge('served')).toBe(outcome);
    expect(told).toHaveLength(outcome === 'served' ? 0 : 1);
  }
});

test('a data centre that goes on being silent when its client has left is blamed, and the relay ends', () => {
  const { answer, session, told, stops, sweeps } = begin();
  session.uplinkBytes = 100;
  sweeps(1);
  answer.ended('client');
  sweeps(3);
  expect(stops).toEqual([]);
  sweeps(1);
  expect(stops).toEqual(['served']);
  expect(told).toEqual(['2 true silent']);
  expect(answer.judge('served')).toBe('unanswered');
});

test.each<[string, number, number, Outcome]>([
  ['before the client said anything', 0, 2, 'unanswered'],
  ['after the client spoke', 100, 2, 'unanswered'],
  ['as it tidies up an idle connection', 0, 60, 'served'],
])('a data centre that closes first, %s', (_name, uplinkBytes, sweepsWaited, outcome) => {
  const { answer, session, told, sweeps } = begin();
  session.uplinkBytes = uplinkBytes;
  sweeps(sweepsWaited);
  answer.ended('far');
  answer.ended('client');
  expect(told).toEqual(outcome === 'served' ? [] : ['2 true closed']);
  expect(answer.judge('served')).toBe(outcome);
});

test.each<Outcome>(['cut', 'memory', 'quota', 'violation'])('%s stays what it is', (end) => {
  const { answer, session, sweeps } = begin();
  session.uplinkBytes = 100;
  sweeps(20);
  expect(answer.judge(end)).toBe(end);
});
