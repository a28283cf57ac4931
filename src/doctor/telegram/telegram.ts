import type { Config } from '../../config/schema.ts';
import type { Random } from '../../kit/bytes.ts';
import type { Finding } from '../../kit/finding.ts';
import { askDataCenter } from '../../telegram/ask-data-center.ts';
import { DataCenters, PRODUCTION_DCS } from '../../telegram/data-centers.ts';
import { Dialer } from '../../telegram/dialer.ts';
import { clockFinding } from './clock.ts';
import { dcFinding } from './data-centers.ts';

export interface TelegramParts {
  readonly random: Random;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** A data centre that needs longer to connect to is of no use. */
const CONNECT_LIMIT_MS = 5_000;

/** The way to every data centre, as the proxy goes it, and the clock by their answers. */
export async function telegramFindings(config: Config, parts: TelegramParts): Promise<Finding[]> {
  const { connectTimeoutMs, upstream, preferIpv6, dcOverrides } = config.telegram;
  const dialer = new Dialer({
    dataCenters: new DataCenters({ preferIpv6, overrides: dcOverrides }),
    timeoutMs: Math.min(connectTimeoutMs, CONNECT_LIMIT_MS),
    poolLimit: () => 0,
    upstream,
    buffers: () => ({ receive: 0, send: 0 }),
  });
  const readings = await Promise.all(
    PRODUCTION_DCS.map((id) => askDataCenter(id, { dial: (dc) => dialer.dial(dc), ...parts })),
  );
  const maxSkewMs = config.modes.tls ? config.tls.maxClockSkewMs : null;
  return [clockFinding(readings, maxSkewMs), ...readings.map((reading) => dcFinding(reading, upstream !== null))];
}
