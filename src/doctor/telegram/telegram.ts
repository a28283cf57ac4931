import type { Config } from '../../config/schema.ts';
import type { Random } from '../../kit/bytes.ts';
import type { Finding } from '../../kit/finding.ts';
import type { Endpoint } from '../../net/endpoint.ts';
import { askDataCenter } from '../../telegram/ask-data-center.ts';
import { DataCenters, PRODUCTION_DCS } from '../../telegram/data-centers.ts';
import { Dialer } from '../../telegram/dialer.ts';
import { clockFinding } from './clock.ts';
import { type DcReading, dcFindings } from './data-centers.ts';

export interface TelegramParts {
  readonly random: Random;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** A data centre that needs longer to connect to is of no use. */
const CONNECT_LIMIT_MS = 5_000;

/** The way to every address of every data centre, as the proxy goes it, and the clock by their answers. */
export async function telegramFindings(config: Config, parts: TelegramParts): Promise<Finding[]> {
  const { upstream, preferIpv6, dcOverrides } = config.telegram;
  const known = new DataCenters({ preferIpv6, overrides: dcOverrides });
  const askAll = (dc: number) =>
    Promise.all((known.endpointsOf(dc) ?? []).map((endpoint) => askAddress(dc, endpoint, config, parts)));
  const centers = await Promise.all(PRODUCTION_DCS.map(askAll));
  const maxSkewMs = config.modes.tls ? config.tls.maxClockSkewMs : null;
  return [
    clockFinding(centers.flat(), maxSkewMs),
    ...centers.flatMap((readings) => dcFindings(readings, upstream !== null)),
  ];
}

/** A data centre has several addresses, and one that answers hides one that does not: each is asked on its own. */
async function askAddress(
  dc: number,
  endpoint: Endpoint,
  { telegram }: Config,
  parts: TelegramParts,
): Promise<DcReading> {
  const dialer = new Dialer({
    dataCenters: new DataCenters({ preferIpv6: false, overrides: new Map([[dc, [endpoint]]]) }),
    timeoutMs: Math.min(telegram.connectTimeoutMs, CONNECT_LIMIT_MS),
    poolLimit: () => 0,
    upstream: telegram.upstream,
    buffers: () => ({ receive: 0, send: 0 }),
  });
  return { dc, endpoint, ...(await askDataCenter(dc, { dial: (wanted) => dialer.dial(wanted), ...parts })) };
}
