import { afterEach, expect, setSystemTime, test } from 'bun:test';
import { createLog } from '../kit/log.ts';
import { Complaints } from './complaints.ts';

const MINUTE = 60_000;

afterEach(() => void setSystemTime());

function complaints() {
  const news: string[] = [];
  const hear = (...words: unknown[]) => void news.push(words.join(' '));
  const heard = { dataCenter: hear, address: hear, site: hear };
  const lines: { level: string; message: string; [field: string]: unknown }[] = [];
  let now = 0;
  const log = createLog({ level: 'debug', format: 'json', write: (line) => void lines.push(JSON.parse(line)) });
  const pass = (ms: number) => {
    now += ms;
  };
  return { told: new Complaints(log, heard, () => now), lines, pass, news };
}

test('a data centre that fails is told once, and its recovery', () => {
  const { told, lines } = complaints();
  for (let i = 0; i < 10; i += 1) told.dcFailed(2, 'refused');
  told.dcFailed(-4, 'refused');
  told.dcWorks(2);
  told.dcWorks(2);
  told.dcWorks(3);
  expect(lines.map(({ level, dc }) => [level, dc])).toEqual([
    ['warn', 2],
    ['warn', -4],
    ['info', 2],
  ]);
});

test('one that comes and goes is told once a minute, and how often it has failed', () => {
  const { told, lines, pass } = complaints();
  const rounds = (count: number) => {
    for (let i = 0; i < count; i += 1) {
      told.dcFailed(2, 'refused');
      told.dcWorks(2);
    }
  };
  rounds(100);
  expect(lines.map(({ level }) => level)).toEqual(['warn', 'info']);
  pass(MINUTE);
  rounds(5);
  expect(lines.map(({ level, times }) => [level, times])).toEqual([
    ['warn', 1],
    ['info', undefined],
    ['warn', 100],
    ['info', undefined],
  ]);
});

test('an address that does not answer is told with what it does, and that it answers again', () => {
  const { told, lines } = complaints();
  const failing = { address: '127.0.0.1:443', fault: 'silent' } as const;
  told.dcAddress(2, failing, false); // not told before
  for (let i = 0; i < 3; i += 1) told.dcAddress(2, failing, true);
  told.dcAddress(2, { ...failing, address: '127.0.0.1:444' }, true);
  told.dcAddress(2, failing, false);
  expect(lines).toMatchObject([
    { level: 'warn', dc: 2, address: '127.0.0.1:443', saw: 'it is silent' },
    { level: 'warn', dc: 2, address: '127.0.0.1:444' },
    { level: 'info', dc: 2, address: '127.0.0.1:443' },
  ]);
});

test('an unknown data centre is told once for each id', () => {
  const { told, lines } = complaints();
  for (const dc of [7, 8, 7, 8]) told.unknownDc(dc);
  expect(lines.map(({ dc }) => dc)).toEqual([7, 8]);
});

test('of data centres every failure is news, and once that it is over; of addresses both', () => {
  const { told, news } = complaints();
  told.dcWorks(2);
  for (const reason of ['refused', 'timed out']) told.dcFailed(2, reason);
  for (let i = 0; i < 2; i += 1) told.dcWorks(2);
  told.dcAddress(4, { address: '192.0.2.1:443', fault: 'silent' }, true);
  told.dcAddress(4, { address: '192.0.2.1:443', fault: 'silent' }, false);
  expect(news).toEqual(['2 refused', '2 timed out', '2 ', '4 true', '4 false']);
});

test.each(['1970-01-01T00:00:05Z', '2026-03-01T12:00:00Z'])(
  'clocks that differ are told once a minute, at %s',
  (at) => {
    setSystemTime(new Date(at));
    const { told, lines, pass } = complaints();
    told.clockSkew(-3_600_000);
    for (const stepMs of [3_600_000, -7_200_000]) {
      setSystemTime(new Date(Date.now() + stepMs)); // that somebody sets the clock makes no difference
      told.clockSkew(-3_600_000);
    }
    expect(lines).toMatchObject([{ level: 'warn', skewSeconds: -3_600, times: 1 }]);
    pass(MINUTE);
    told.clockSkew(-3_600_000);
    expect(lines.at(-1)).toMatchObject({ times: 3 });
  },
);
