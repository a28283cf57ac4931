import { accessSync, constants } from 'node:fs';
import { dirname } from 'node:path';
import { whyNotListening } from '../../daemon/listen-failure.ts';
import type { Endpoint } from '../../net/endpoint.ts';

/** Takes a free address and gives it back at once. @returns null when it can be had, else why not */
export function bindRefusal(place: Endpoint): string | null {
  if ('unix' in place) return folderRefusal(dirname(place.unix));
  // As the proxy does it: 0.0.0.0 and :: stand side by side.
  const options = { hostname: place.host, port: place.port, ipv6Only: place.host.includes(':') };
  try {
    Bun.listen({ ...options, socket: { data: () => {}, open: (peer) => peer.terminate() } }).stop(true);
    return null;
  } catch (error) {
    return whyNotListening(error, place);
  }
}

/** A socket's file is not made for a trial: it would replace one that is in use. */
function folderRefusal(folder: string): string | null {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return null;
  } catch {
    return `${folder} is missing or cannot be written`;
  }
}
