import { equal } from '../kit/bytes.ts';
import { parseIp } from '../kit/ip.ts';
import type { CheckedValues } from './checked.ts';
import type { Problem } from './problem.ts';

/** The one name whose address is known without asking. */
const LOOPBACKS: Readonly<Record<string, readonly string[]>> = { localhost: ['127.0.0.1', '::1'] };

/**
 * Metrics on the address that clients connect to: the start would fail at the second, or serve without them, and blame another
 * process.
 */
export function samePortProblems(values: CheckedValues): Problem[] {
  const [enabled, metrics] = [values.get('metrics.enabled'), values.get('metrics.listen')];
  const place = addressOf(metrics?.value);
  const port = values.get('port')?.value;
  if (enabled?.value !== true || metrics === undefined || place === null || place.port !== port) return [];
  const other = hosts(values.get('listen')?.value).find((host) => overlap(host, place.host));
  if (other === undefined) return [];
  const text = `expected another port than that of clients (port = ${port} on ${other}); found the same, so that one could not listen: change metrics.listen (METRICS_PORT) or port (MTPROTO_PORT)`;
  return [{ source: metrics.source, path: 'metrics.listen', text }];
}

function addressOf(value: unknown): { host: string; port: number } | null {
  if (typeof value !== 'object' || value === null || !('host' in value) || !('port' in value)) return null;
  return { host: String(value.host), port: Number(value.port) };
}

/** Of the TCP addresses that clients connect to. */
function hosts(listen: unknown): string[] {
  if (!Array.isArray(listen)) return [];
  return listen.flatMap((socket) => (socket?.kind === 'tcp' ? [String(socket.host)] : []));
}

/** @param listening an address @param metrics an address, or a name: of this machine, or it could not be listened on */
function overlap(listening: string, metrics: string): boolean {
  const own = parseIp(listening);
  if (own === null) return false;
  const others = (LOOPBACKS[metrics] ?? [metrics]).flatMap((host) => parseIp(host) ?? []);
  if (others.length === 0) return isAny(own);
  // The two families do not take each other's connections.
  return others.some((other) => other.length === own.length && (equal(own, other) || isAny(own) || isAny(other)));
}

function isAny(address: Uint8Array): boolean {
  return address.every((byte) => byte === 0);
}
