import { MAX_RANGES } from '../bounds.ts';
import { key, section } from '../key.ts';
import { addressRanges, endpoint } from '../types/addresses.ts';
import { adminToken, redisAddress } from '../types/secrets.ts';
import { oneOf, yesNo } from '../types/texts.ts';

const METRICS_PORT = 9090;
const ADMIN_PORT = 9091;

export const metrics = section('Figures for Prometheus, at `/metrics`: see [metrics.md](metrics.md).', {
  enabled: key(yesNo(), {
    default: false,
    env: 'ENABLE_METRICS',
    reload: 'restart',
    doc: 'Serve them.',
  }),
  listen: key(endpoint(METRICS_PORT), {
    default: `127.0.0.1:${METRICS_PORT}`,
    envPort: 'METRICS_PORT',
    reload: 'restart',
    doc: 'Where they are served; METRICS_PORT changes only the port.',
  }),
  allow: key(addressRanges(MAX_RANGES), {
    default: ['127.0.0.1/32', '::1/128'],
    reload: 'restart',
    doc: 'Who may read them; connections from elsewhere are closed without a byte.',
  }),
});

const ADMIN_PART = 'the admin interface';

export const admin = section('The interface of the dashboard: not available yet. `petrel status` does not need it.', {
  enabled: key(yesNo(), { default: true, reload: 'restart', doc: 'Serve it, once it is there.' }),
  listen: key(endpoint(ADMIN_PORT), {
    default: `127.0.0.1:${ADMIN_PORT}`,
    reload: 'restart',
    doc: 'Where it is served.',
    notYet: ADMIN_PART,
  }),
  token: key(adminToken(), {
    default: '',
    reload: 'restart',
    doc: 'Bearer token. Empty: made at the first start and kept in data_dir with mode 0600.',
    notYet: ADMIN_PART,
  }),
});

export const cluster = section('State shared by several machines.', {
  redis: key(redisAddress(), {
    default: '',
    reload: 'restart',
    doc: 'Redis or Valkey, redis://host:6379. Empty: this machine alone.',
    notYet: 'shared state',
  }),
});

export const log = section('What is written to the standard error.', {
  level: key(oneOf('debug', 'info', 'warn', 'error'), {
    default: 'info',
    flag: 'log-level',
    reload: 'live',
    doc: 'The least serious line to write.',
  }),
  format: key(oneOf('auto', 'pretty', 'json'), {
    default: 'auto',
    reload: 'restart',
    doc: 'auto is pretty on a terminal and json elsewhere.',
  }),
});
