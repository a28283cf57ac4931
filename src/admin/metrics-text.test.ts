import { expect, test } from 'bun:test';
import { MODES } from '../proxy/ledger.ts';
import { OUTCOMES, STRANGER_REASONS } from '../proxy/outcome.ts';
import { METRICS } from './metrics/table.ts';
import { MOST_LISTED_USERS } from './metrics/user-metrics.ts';
import { metricsText } from './metrics-text.ts';
import { GOVERNOR_LEVELS, type Snapshot } from './snapshot.ts';
import { healthySnapshot } from './snapshot-fixture.ts';
import { SIGNS } from './warning-signs.ts';

/** The series of a moment: what stands before a line's figure, and the figure. */
function seriesOf(snapshot: Snapshot): Map<string, string> {
  const lines = [...metricsText(snapshot)].join('').split('\n');
  const figures = lines.filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(figures.map((line) => [line.slice(0, line.lastIndexOf(' ')), line.slice(line.lastIndexOf(' ') + 1)]));
}

function changed(change: Partial<Snapshot>): Map<string, string> {
  return seriesOf({ ...healthySnapshot(), ...change });
}

test('the figures of a healthy proxy', () => {
  const series = seriesOf(healthySnapshot());
  const expected = {
    petrel_sessions_accepted_total: '45678',
    'petrel_sessions_total{outcome="served"}': '43000',
    'petrel_handshakes_total{mode="tls"}': '44000',
    petrel_sessions_open: '1260',
    'petrel_sessions_relaying{mode="secure"}': '34',
    petrel_sessions_limit: '9984',
    petrel_accepting: '1',
    'petrel_traffic_bytes_total{direction="uplink"}': '1258291200',
    'petrel_messages_total{direction="downlink"}': '900000',
    'petrel_strangers_total{reason="replay"}': '3',
    petrel_strangers_splicing: '2',
    petrel_users: '2',
    petrel_users_unlisted: '0',
    'petrel_user_connections{user="bert"}': '8',
    'petrel_user_connections_limit{user="anna"}': '8',
    'petrel_user_networks{user="anna"}': '2',
    'petrel_user_sessions_total{user="anna"}': '100',
    'petrel_user_traffic_bytes_total{user="anna",direction="uplink"}': '31457280',
    'petrel_user_traffic_bytes_total{user="anna",direction="downlink"}': '314572800',
    'petrel_user_messages_total{user="bert",direction="downlink"}': '2000',
    'petrel_user_quota_bytes{user="anna"}': '1073741824',
    'petrel_user_enabled{user="anna"}': '1',
    'petrel_dc_reachable{dc="203"}': '1',
    petrel_clock_ahead_seconds: '-0.04',
    'petrel_dc_sessions_total{dc="2"}': '45000',
    'petrel_dc_pool_hits_total{dc="2"}': '40000',
    'petrel_dc_session_failures_total{dc="-4"}': '0',
    'petrel_dc_sessions_unanswered_total{dc="2"}': '0',
    'petrel_dc_addresses_failing{dc="-4"}': '0',
    'petrel_dc_dial_seconds_bucket{dc="2",le="0.05"}': '3',
    'petrel_dc_dial_seconds_sum{dc="2"}': '0.12',
    'petrel_dc_pool_ready{dc="2"}': '12',
    'petrel_dc_pool_ready{dc="-4"}': '0',
    petrel_resident_memory_bytes: '73400320',
    petrel_memory_used_bytes: '136314880',
    petrel_memory_limit_bytes: '1610612736',
    petrel_socket_buffer_bytes: '62914560',
    petrel_socket_buffer_budget_bytes: '629145600',
    petrel_cpu_seconds_total: '1234.5',
    petrel_cpu_allotment_cores: '0.8',
    'petrel_event_loop_lag_seconds_bucket{le="0.001"}': '0',
    petrel_descriptors_open: '2600',
    petrel_descriptors_limit: '65536',
    petrel_start_time_seconds: '1700000000',
    'petrel_build_info{version="1.2.3",runtime="Bun 1.4.5"}': '1',
  };
  for (const [name, figure] of Object.entries(expected))
    expect(`${name} ${series.get(name)}`).toBe(`${name} ${figure}`);
});

test('addresses that fail count for the data centre and for its media id', () => {
  const address = { address: '127.0.0.1:443', fault: 'silent' as const };
  const series = changed({ failing: { 4: [address, { ...address, address: '127.0.0.2:443' }] } });
  expect(series.get('petrel_dc_addresses_failing{dc="-4"}')).toBe('2');
  expect(series.get('petrel_dc_addresses_failing{dc="2"}')).toBe('0');
});

test('every metric has a series, but for limits that are not set', () => {
  const text = [...metricsText(healthySnapshot())];
  const absent = METRICS.filter(({ name }) => !text.some((piece) => piece.includes(`# TYPE ${name} `)));
  expect(absent.map(({ name }) => name)).toEqual([
    'petrel_user_networks_limit',
    'petrel_user_expiry_timestamp_seconds',
  ]);
});

test('closed sets are given in full, zeros included', () => {
  const series = seriesOf(healthySnapshot());
  const members: [string, string, readonly string[]][] = [
    ['petrel_sessions_total', 'outcome', OUTCOMES],
    ['petrel_handshakes_total', 'mode', MODES],
    ['petrel_sessions_relaying', 'mode', MODES],
    ['petrel_strangers_total', 'reason', STRANGER_REASONS],
    ['petrel_governor_level', 'level', GOVERNOR_LEVELS],
    ['petrel_warning', 'sign', SIGNS],
  ];
  for (const [name, label, values] of members) {
    for (const value of values) expect([...series.keys()]).toContain(`${name}{${label}="${value}"}`);
  }
});

test('a limit that is not set has no series', () => {
  const { users, limits, governor } = healthySnapshot();
  const series = changed({
    users: users.map((user) => ({ ...user, maxConnections: 0, quotaBytes: 0, expiresAtMs: null })),
    limits: { ...limits, sessions: 0 },
    governor: { ...governor, bufferBudgetBytes: 0 },
  });
  const names = [...series.keys()].filter((name) => /^petrel_[a-z_]*(limit|quota|expiry|budget)/.test(name));
  expect(names).toEqual(['petrel_memory_limit_bytes', 'petrel_descriptors_limit']);
});

test('a data centre that does not answer is 0; what is not known has no series', () => {
  const { surroundings } = healthySnapshot();
  const dataCenters = { 2: 'timed out', 4: null };
  const series = changed({ surroundings: { ...surroundings, dataCenters, clockAheadMs: null } });
  const reachable = [...series].filter(([name]) => name.startsWith('petrel_dc_reachable'));
  expect(reachable).toEqual([
    ['petrel_dc_reachable{dc="2"}', '0'],
    ['petrel_dc_reachable{dc="4"}', '1'],
  ]);
  expect(series.has('petrel_clock_ahead_seconds')).toBe(false);
});

test('an expiry is in seconds of Unix time', () => {
  const { users } = healthySnapshot();
  const series = changed({ users: users.map((user) => ({ ...user, expiresAtMs: 1_800_000_000_500 })) });
  expect(series.get('petrel_user_expiry_timestamp_seconds{user="bert"}')).toBe('1800000000.5');
});

test("the governor's level and the warning signs that show are 1, the others 0", () => {
  const { governor } = healthySnapshot();
  const series = changed({
    governor: { ...governor, level: 'tight' },
    warnings: [{ sign: 'swap', message: 'm', advice: 'a' }],
  });
  const ones = [...series].filter(([name, figure]) => /level|warning/.test(name) && figure === '1');
  expect(ones.map(([name]) => name)).toEqual(['petrel_governor_level{level="tight"}', 'petrel_warning{sign="swap"}']);
});

test('beyond the bound users have no series of their own, and their number is told', () => {
  const [anna] = healthySnapshot().users;
  if (anna === undefined) throw new Error('the fixture has users');
  const many = Array.from({ length: MOST_LISTED_USERS + 5 }, (_, index) => ({
    ...anna,
    name: `user${index}`,
    downlinkBytes: index,
  }));
  const series = changed({ users: many });
  const listed = [...series.keys()].filter((name) => name.startsWith('petrel_user_connections{'));
  expect(listed).toHaveLength(MOST_LISTED_USERS);
  expect(listed).toContain(`petrel_user_connections{user="user${MOST_LISTED_USERS + 4}"}`);
  expect(listed).not.toContain('petrel_user_connections{user="user4"}');
  expect([series.get('petrel_users'), series.get('petrel_users_unlisted')]).toEqual([
    String(MOST_LISTED_USERS + 5),
    '5',
  ]);
});

test('a snapshot that went through JSON gives the same text', () => {
  const snapshot = healthySnapshot();
  const copy = JSON.parse(JSON.stringify(snapshot)) as Snapshot;
  expect([...metricsText(copy)]).toEqual([...metricsText(snapshot)]);
});
