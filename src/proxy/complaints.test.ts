import { afterEach, expect, setSystemTime, test } from 'bun:test';
import { createLog } from '../kit/log.ts';
import { Complaints } from './complaints.ts';

afterEach(() => void setSystemTime());

function complain(news: [number, string | null][] = []) {
  const lines: Record<string, unknown>[] = [];
  const log = createLog({ level: 'info', format: 'json', write: (line) => void lines.push(JSON.parse(line)) });
  const heard = { dataCenter: (dc: number, reason: string | null) => void news.push([dc, reason]), site: () => {} };
  return { complaints: new Complaints(log, heard), lines };
}

test.each(['1970-01-01T00:00:05Z', '2026-03-01T12:00:00Z'])(
  'clocks that differ are told once a minute, at %s',
  (at) => {
    setSystemTime(new Date(at));
    const { complaints, lines } = complain();
    complaints.clockSkew(-3_600_000);
    setSystemTime(new Date(Date.now() + 3_600_000)); // that somebody sets the clock makes no difference
    complaints.clockSkew(-3_600_000);
    setSystemTime(new Date(Date.now() - 7_200_000));
    complaints.clockSkew(-3_600_000);
    expect(lines).toMatchObject([{ level: 'warn', skewSeconds: -3_600, times: 1 }]);
  },
);

test('of data centres every failure is news, and once that it is over', () => {
  const news: [number, string | null][] = [];
  const { complaints, lines } = complain(news);
  complaints.dcWorks(2);
  for (const reason of ['refused', 'timed out']) complaints.dcFailed(2, reason);
  for (let i = 0; i < 2; i += 1) complaints.dcWorks(2);
  expect(news).toEqual([
    [2, 'refused'],
    [2, 'timed out'],
    [2, null],
  ]);
  expect(lines.map(({ level }) => level)).toEqual(['warn', 'info']);
});
