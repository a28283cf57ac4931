import { expect, test } from 'bun:test';
import { load, refusal } from './load-fixture.ts';

function toml(listen: string, metrics: string, more = ''): string {
  return `port = 9090\nlisten = ${listen}\n[metrics]\nenabled = true\nlisten = "${metrics}"\n${more}`;
}

test('one port for clients and metrics is refused, with both keys', () => {
  const env = { MTPROTO_PORT: '9090', METRICS_PORT: '9090', ENABLE_METRICS: 'true' };
  const [refused = '', ...others] = refusal({ env });
  expect(others).toEqual([]);
  expect(refused).toBe(
    'environment: METRICS_PORT: metrics.listen: expected another port than that of clients (port = 9090 on 0.0.0.0); found the same, ' +
      'so that one could not listen: change metrics.listen (METRICS_PORT) or port (MTPROTO_PORT)',
  );
});

test.each([
  ['["0.0.0.0"]', '127.0.0.1:9090'],
  ['["127.0.0.1"]', '127.0.0.1:9090'],
  ['["10.0.0.1", "127.0.0.1"]', '0.0.0.0:9090'],
  ['["::"]', '[::1]:9090'],
  ['["0:0:0:0:0:0:0:0"]', '[::1]:9090'],
  ['["::1"]', '[0:0:0:0:0:0:0:1]:9090'],
  ['["127.0.0.1"]', 'localhost:9090'],
  ['["0.0.0.0"]', 'my.host.example:9090'],
])('listen %s and metrics at %s are one place', (listen, metrics) => {
  expect(refusal({ toml: toml(listen, metrics) })).toEqual([
    expect.stringContaining('petrel.toml:5: metrics.listen: '),
  ]);
});

test.each([
  ['["10.0.0.1"]', '127.0.0.1:9090'],
  ['["0.0.0.0"]', '[::1]:9090'],
  ['["::"]', '127.0.0.1:9090'],
  ['["0.0.0.0", "::"]', '127.0.0.1:9091'],
  ['["unix:/run/petrel.sock"]', '127.0.0.1:9090'],
  ['["10.0.0.1"]', 'my.host.example:9090'],
])('listen %s and metrics at %s are two', (listen, metrics) => {
  expect(load({ toml: toml(listen, metrics) }).port).toBe(9090);
});

test('metrics that are off take no port', () => {
  expect(load({ env: { MTPROTO_PORT: '9090' } }).port).toBe(9090);
});
