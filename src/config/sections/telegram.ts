import { MAX_CONNECT_TIMEOUT_MS, MAX_POOL_SIZE, MAX_REFRESH_MS, MIN_REFRESH_MS, MIN_TIMEOUT_MS } from '../bounds.ts';
import { key, section } from '../key.ts';
import { dcAddresses } from '../types/address-tables.ts';
import { ipOrNone } from '../types/addresses.ts';
import { duration, wholeNumber } from '../types/numbers.ts';
import { adTag } from '../types/secrets.ts';
import { oneOf, pathOrNone, webAddress, yesNo } from '../types/texts.ts';
import { upstream } from '../types/upstream.ts';

const MIDDLE_PROXIES = 'middle proxies';

export const telegram = section('The way to Telegram.', {
  route: key(oneOf('direct', 'middle', 'media-middle'), {
    default: 'direct',
    reload: 'restart',
    doc: 'direct to the data centres, through middle proxies, or only media through them.',
    notYet: MIDDLE_PROXIES,
  }),
  prefer_ipv6: key(yesNo(), {
    default: false,
    reload: 'restart',
    doc: 'Try IPv6 addresses first.',
  }),
  fast_mode: key(yesNo(), {
    default: true,
    reload: 'restart',
    doc: "Let Telegram encrypt with the client's key, so that downloads pass untouched.",
  }),
  pool_size: key(wholeNumber(0, MAX_POOL_SIZE), {
    default: 16,
    reload: 'restart',
    doc: 'Connections opened ahead, per data centre (MAX_CONNS_IN_POOL). 0: none.',
  }),
  connect_timeout: key(duration(MIN_TIMEOUT_MS, MAX_CONNECT_TIMEOUT_MS), {
    default: '10s',
    reload: 'restart',
    doc: 'Time for one connection attempt.',
  }),
  upstream: key(upstream(), {
    default: '',
    reload: 'restart',
    doc: 'SOCKS5 proxy to go through, socks5://user:password@host:port; a user may have no password. Empty: none.',
  }),
  dc_overrides: key(dcAddresses(), {
    default: {},
    reload: 'restart',
    doc: 'Table of other addresses for data centres: "2" = ["127.0.0.2:9443"] covers -2 too unless "-2" is given.',
  }),
});

export const middleProxy = section('Middle proxies, which ad tags need.', {
  ad_tag: key(adTag(), {
    default: '',
    reload: 'restart',
    doc: "Tag for every user; a user's own wins.",
    notYet: 'ad tags',
  }),
  config_url: key(webAddress(), {
    default: 'https://core.telegram.org/getProxyConfig',
    reload: 'restart',
    doc: 'List of IPv4 middle proxies.',
    notYet: MIDDLE_PROXIES,
  }),
  config_v6_url: key(webAddress(), {
    default: 'https://core.telegram.org/getProxyConfigV6',
    reload: 'restart',
    doc: 'List of IPv6 middle proxies.',
    notYet: MIDDLE_PROXIES,
  }),
  secret_url: key(webAddress(), {
    default: 'https://core.telegram.org/getProxySecret',
    reload: 'restart',
    doc: 'Secret shared by all middle proxies.',
    notYet: MIDDLE_PROXIES,
  }),
  config_file: key(pathOrNone(), {
    default: '',
    reload: 'restart',
    doc: 'List from a file instead of the URLs.',
    notYet: MIDDLE_PROXIES,
  }),
  secret_file: key(pathOrNone(), {
    default: '',
    reload: 'restart',
    doc: 'Secret from a file instead of the URL.',
    notYet: MIDDLE_PROXIES,
  }),
  refresh: key(duration(MIN_REFRESH_MS, MAX_REFRESH_MS), {
    default: '1h',
    reload: 'restart',
    doc: 'How often the lists are fetched again.',
    notYet: MIDDLE_PROXIES,
  }),
  public_ip: key(ipOrNone(), {
    default: '',
    reload: 'restart',
    doc: 'Address that Telegram sees behind NAT. Empty: detected.',
    notYet: MIDDLE_PROXIES,
  }),
});
