import type { Config } from '../config/schema.ts';
import { fromHere, placesOf } from '../doctor/proxy/places.ts';
import { reach } from '../doctor/proxy/reach.ts';

const CONNECT_LIMIT_MS = 2_000;

/**
 * Whether somebody accepts connections where the proxy should: with a data folder that can't be used there is no control socket,
 * and the proxy serves all the same.
 */
export async function accepts(config: Config): Promise<boolean> {
  const [first] = placesOf(config, null);
  if (first === undefined || ('port' in first && first.port === 0)) return false;
  return (await reach(fromHere(first), CONNECT_LIMIT_MS)) === null;
}

/** How that is told. */
export function acceptingText({ port, dataDir }: Config): string {
  return `port ${port} accepts connections, but the proxy cannot be asked for its figures and warning signs: there is no control socket in ${dataDir}`;
}
