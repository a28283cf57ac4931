import type { Config } from '../../config/schema.ts';
import { DataCenters } from '../../telegram/data-centers.ts';
import { Dialer } from '../../telegram/dialer.ts';

/** Goes the workers' way to Telegram, only to see whether it can be reached. */
export function proberOf({ telegram }: Config): Dialer {
  return new Dialer({
    dataCenters: new DataCenters({ preferIpv6: telegram.preferIpv6, overrides: telegram.dcOverrides }),
    timeoutMs: telegram.connectTimeoutMs,
    poolLimit: () => 0,
    upstream: telegram.upstream,
    buffers: () => ({ send: 0, receive: 0 }),
    onDialed: () => {},
  });
}
