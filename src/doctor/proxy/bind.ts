import { accessSync, constants } from 'node:fs';
import { dirname } from 'node:path';
import type { Config } from '../../config/schema.ts';
import { whyNotListening } from '../../daemon/listen-failure.ts';
import { socketAccess } from '../../daemon/socket-access.ts';
import { PetrelError } from '../../kit/errors.ts';
import type { Endpoint } from '../../net/endpoint.ts';
import { Listener } from '../../net/listen.ts';
import { pathRefusal } from '../../net/socket-file.ts';

/** Takes a free address as the proxy does, and gives it back at once. @returns null when it can be had, else why not */
export function bindRefusal(place: Endpoint, { listenOptions }: Pick<Config, 'listenOptions'>): string | null {
  if ('unix' in place) return socketRefusal(place.unix, listenOptions);
  try {
    new Listener({
      address: place,
      reusePort: false,
      descriptorCeiling: Number.POSITIVE_INFINITY,
      onConnection: (conn) => conn.reset(),
      onPause: () => {},
    }).stop();
    return null;
  } catch (error) {
    return whyNotListening(error, place);
  }
}

/** A socket's file is not made for a trial: a balancer could meet it. */
function socketRefusal(path: string, options: Config['listenOptions']): string | null {
  const refusal = pathRefusal(path) ?? groupRefusal(options);
  return refusal === null ? folderRefusal(dirname(path)) : refusal.message;
}

function groupRefusal(options: Config['listenOptions']): PetrelError | null {
  try {
    socketAccess(options);
    return null;
  } catch (error) {
    if (error instanceof PetrelError) return error;
    throw error;
  }
}

function folderRefusal(folder: string): string | null {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return null;
  } catch {
    return `${folder} is missing or cannot be written`;
  }
}
