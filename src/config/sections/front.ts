import { MAX_CLOCK_SKEW_MS, MAX_DOMAINS, MAX_RANGES, MIN_CLOCK_SKEW_MS } from '../bounds.ts';
import { key, section } from '../key.ts';
import { siteTargets } from '../types/address-tables.ts';
import { addressRanges, siteAddress, siteNames } from '../types/addresses.ts';
import { duration, oneOfNumbers, port, rate } from '../types/numbers.ts';
import { oneOf, yesNo } from '../types/texts.ts';

export const modes = section('Which kinds of secrets are served. At least one mode must be on.', {
  classic: key(yesNo(), { default: false, reload: 'live', doc: 'Plain secrets: no disguise at all.' }),
  secure: key(yesNo(), { default: true, reload: 'live', doc: 'dd secrets: random padding.' }),
  tls: key(yesNo(), { default: true, reload: 'live', doc: 'ee secrets: looks like HTTPS to the fronted site.' }),
  web: key(yesNo(), {
    default: false,
    reload: 'live',
    doc: 'WEB proxies: MTProto carried by ordinary web requests.',
    notYet: 'WEB mode',
  }),
});

export const tls = section('Fake TLS: how ee sessions are told from strangers.', {
  domain: key(siteNames(MAX_DOMAINS, 'mask.port'), {
    default: 'www.cloudflare.com',
    env: 'TLS_DOMAIN',
    reload: 'live',
    doc: 'Host name of the fronted site, or a list. Links carry the first; all are accepted.',
  }),
  unknown_sni: key(oneOf('mask', 'reset'), {
    default: 'mask',
    reload: 'live',
    doc: 'What a stranger gets who asks for another name: what the fronted site gives to a name it does not know, or a reset.',
  }),
  max_clock_skew: key(duration(MIN_CLOCK_SKEW_MS, MAX_CLOCK_SKEW_MS), {
    default: '120s',
    reload: 'live',
    doc: "How far a client's clock may be off.",
  }),
});

export const mask = section('The fronted site: strangers are connected to it, byte for byte.', {
  enabled: key(yesNo(), { default: true, reload: 'live', doc: 'Off: what strangers send is read and discarded.' }),
  host: key(siteAddress('mask.port'), {
    default: '',
    reload: 'live',
    doc: 'Where the site is reached. Empty: at the tls domain; "unix:/path" is a Unix socket.',
  }),
  port: key(port('zero-refused'), { default: 443, reload: 'live', doc: 'Port of the site.' }),
  targets: key(siteTargets(MAX_DOMAINS), {
    default: {},
    reload: 'live',
    doc: 'Sites of single domains, where they differ: "a.example.org" = "127.0.0.1:8443" or "unix:/path".',
  }),
  proxy_protocol: key(oneOfNumbers(0, 1, 2), {
    default: 0,
    reload: 'live',
    doc: "Version of the PROXY header that tells the site the stranger's address and what it connected to, as a balancer in front told them. 0: none.",
  }),
  rate: key(rate(), {
    default: '1MB',
    reload: 'live',
    doc: 'Bytes per second, both ways together, that all strangers may move beyond the first 512 MB. Empty or 0: no limit.',
  }),
  rate_per_network: key(rate(), {
    default: '256KB',
    reload: 'live',
    doc: 'The same for those of one network (an IPv4 address or an IPv6 /64), beyond the first 64 MB. Empty or 0: no limit.',
  }),
});

export const proxyProtocol = section('PROXY headers from a load balancer in front of Petrel.', {
  enabled: key(yesNo(), { default: false, reload: 'restart', doc: 'Every connection starts with a PROXY header.' }),
  trusted: key(addressRanges(MAX_RANGES), {
    default: ['127.0.0.0/8', '::1/128'],
    reload: 'restart',
    doc: 'Peers whose header is believed; others are closed.',
  }),
});
