import { dial } from '../../net/dial.ts';
import type { Endpoint } from '../../net/endpoint.ts';

/** Opens a TCP connection and closes it. @returns null when it opened, else why not */
export async function reach(endpoint: Endpoint, timeoutMs: number): Promise<string | null> {
  const result = await dial({ endpoint, timeoutMs, buffers: { receive: 0, send: 0 } }).result;
  if (result.kind === 'failed') return result.reason;
  result.conn.close();
  return null;
}
