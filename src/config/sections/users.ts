import { MAX_CONNECTIONS } from '../bounds.ts';
import { key } from '../key.ts';
import { quota, rate, wholeNumber } from '../types/numbers.ts';
import { adTag, userSecret } from '../types/secrets.ts';
import { yesNo } from '../types/texts.ts';
import { expiry } from '../types/times.ts';

export const USER_NAME = /^[a-z0-9_-]{1,32}$/i;
export const USER_NAME_EXPECTED = 'a user name of 1 to 32 letters, digits, "-" or "_"';

/** The key that makes a user; the others limit it. */
export const userSecretKey = key(userSecret(), {
  default: undefined,
  env: 'USER<N>_SECRET',
  reload: 'live',
  doc: 'Required. The 16-byte key; any form a link carries is accepted. `petrel secret` makes one.',
});

export const userLimitKeys = {
  max_connections: key(wholeNumber(0, MAX_CONNECTIONS, 'zero-unlimited'), {
    default: 8,
    env: 'USER_MAX_TCP_CONNS',
    reload: 'live',
    doc: 'Connections at once; one phone opens 3 to 8. For one more, one that has been silent for 5 seconds, or whose client does not answer, gives way. 0: no limit.',
  }),
  max_ips: key(wholeNumber(0, MAX_CONNECTIONS, 'zero-unlimited'), {
    default: 0,
    reload: 'live',
    doc: 'Networks at once: an IPv4 address or an IPv6 /64; a phone that uses IPv4 and IPv6 side by side counts as two. For one more, one whose connections have all been silent for 5 seconds gives way. 0: no limit.',
  }),
  quota: key(quota(), {
    default: '0',
    reload: 'live',
    doc: 'Bytes in both directions together; survives restarts. 0: no limit.',
  }),
  expires: key(expiry(), {
    default: '',
    reload: 'live',
    doc: 'Last day (to its end, UTC), or an RFC 3339 time. Empty: never.',
  }),
  rate: key(rate(), {
    default: '',
    reload: 'live',
    doc: 'Bytes per second in each direction. Empty: no limit.',
  }),
  ad_tag: key(adTag(), {
    default: '',
    reload: 'live',
    doc: 'Tag of the channel to promote, from @MTProxybot.',
    notYet: 'ad tags',
  }),
  enabled: key(yesNo(), { default: true, reload: 'live', doc: 'Off: the secret is refused like an unknown one.' }),
};
