import { ipText, parseIp } from '../../kit/ip.ts';
import { quoted } from './words.ts';

const EVERYWHERE = /^(?:\*|all|any|everybody|everyone|everywhere)$/i;
const IPV4_BYTES = 4;
const LOCALHOST = /^localhost$/i;

/** For Unix sockets that are written otherwise. */
export function unixHint(found: string): string | null {
  if (found.startsWith('/')) return `write ${quoted(`unix:${found}`)}`;
  return found.startsWith('unix:') ? 'the path of a Unix socket begins with "/" and has at most 107 bytes' : null;
}

/** For addresses to listen on. */
export function listenHint(found: unknown): string | null {
  if (typeof found === 'number') return listenHint(`:${found}`);
  if (typeof found !== 'string') return null;
  if (EVERYWHERE.test(found)) return 'write ["0.0.0.0", "::"] for all addresses';
  if (LOCALHOST.test(found)) return 'names are not looked up here: write "127.0.0.1" or "::1"';
  const [, bracketed, bare, port] = /^(?:\[(.+)\]|([^:]*))(?::(\d+))?$/.exec(bareHost(found)) ?? [];
  const host = bracketed ?? bare ?? '';
  if (port !== undefined && host === '') return `here stand addresses; the port is port = ${Number(port)}`;
  if (host === found || parseIp(host) === null) return unixHint(found);
  const rest = port === undefined ? '' : `, and port = ${Number(port)}`;
  return `write only the address: ${quoted(host)}${rest}`;
}

/** For "host:port" of somebody else. @param port of what most likely is meant */
export function endpointHint(found: unknown, accepts: (text: string) => boolean, port: number): string | null {
  if (typeof found !== 'string') return null;
  const bare = bareHost(found);
  const [, address, digits] = /^(.*:.*):(\d{1,5})$/.exec(bare) ?? [];
  const likely = [
    bare,
    // "::1" is an address, and "::1:9090" one too: only the second looks like a port at its end.
    Number(digits) >= 1_000 ? `[${address}]:${digits}` : '',
    bare.includes(':') ? `[${bare}]:${port}` : `${bare}:${port}`,
  ];
  return suggested(found, likely, accepts);
}

/** For "host:port" to listen on. */
export function ownEndpointHint(found: unknown, accepts: (text: string) => boolean, port: number): string | null {
  const text = typeof found === 'number' ? String(found) : found;
  if (typeof text !== 'string') return null;
  const ownPort = /^:?(\d+)$/.exec(text)?.[1];
  const likely = [ownPort === undefined ? '' : `127.0.0.1:${ownPort}`, text.replace(/^\*:/, '0.0.0.0:')];
  return suggested(text, likely, accepts) ?? endpointHint(text, accepts, port);
}

/** Without blanks, scheme and path. */
function bareHost(text: string): string {
  return text
    .trim()
    .replace(/^\w+:\/\//, '')
    .replace(/(?<=.)\/.*$/s, '');
}

function suggested(found: string, likely: readonly string[], accepts: (text: string) => boolean): string | null {
  const first = likely.find((text) => text !== found && accepts(text));
  return first === undefined ? null : `write ${quoted(first)}`;
}

/** For address ranges. */
export function rangeHint(found: unknown, accepts: (text: string) => boolean): string | null {
  if (typeof found !== 'string') return null;
  if (EVERYWHERE.test(found)) return 'write ["0.0.0.0/0", "::/0"] for everybody';
  if (LOCALHOST.test(found)) return 'write ["127.0.0.1/32", "::1/128"]';
  if (isNetworkAlone(found)) return networkAloneHint(found);
  return suggested(found, [masked(found), found.replace(/^\[(.*)\]$/, '$1')], accepts);
}

/**
 * Whether a text is an address without a prefix that no machine has, but a network: "0.0.0.0", "::", "192.168.1.0", "fd00::".
 * Taken as the one address that it is, it would let nobody in.
 */
export function isNetworkAlone(text: string): boolean {
  const bytes = parseIp(text);
  if (bytes === null) return false;
  const hostBytes = bytes.length === IPV4_BYTES ? 1 : bytes.length / 2;
  return bytes.subarray(-hostBytes).every((byte) => byte === 0);
}

function networkAloneHint(text: string): string {
  const bytes = parseIp(text) ?? new Uint8Array();
  const address = ipText(bytes);
  const width = bytes.length * 8;
  if (bytes.every((byte) => byte === 0))
    return `that is one address, which nobody has: write "${address}/0" for everybody`;
  const used = bytes.findLastIndex((byte) => byte !== 0) + 1;
  return `that is one address: write ${quoted(`${address}/${used * 8}`)} for the network, or ${quoted(`${address}/${width}`)} if it is meant`;
}

/** "10.0.0.0/255.0.0.0" is "10.0.0.0/8", "10.0.*" is "10.0.0.0/16". */
function masked(text: string): string {
  const [, network, mask] = /^(.+)\/(\d+\.\d+\.\d+\.\d+)$/.exec(text) ?? [];
  const bits =
    mask === undefined
      ? null
      : /^(1*)0*$/.exec([...(parseIp(mask) ?? [])].map((byte) => byte.toString(2).padStart(8, '0')).join(''));
  if (bits !== null) return `${network}/${bits[1]?.length}`;
  const [, start] = /^(\d+(?:\.\d+){0,2})\.\*(?:\.\*)*$/.exec(text) ?? [];
  if (start === undefined) return text;
  const known = start.split('.');
  return `${[...known, '0', '0', '0'].slice(0, IPV4_BYTES).join('.')}/${known.length * 8}`;
}
