import type { Config } from '../config/schema.ts';
import { PetrelError } from '../kit/errors.ts';
import { readText } from '../kit/read-text.ts';
import type { SocketAccess } from '../net/socket-file.ts';

const GROUPS = '/etc/group';

/** Who may open the Unix sockets that the proxy listens on. @throws PetrelError when there is no such group */
export function socketAccess({ unixMode, unixGroup }: Config['listenOptions']): SocketAccess {
  return { mode: unixMode, group: unixGroup === '' ? null : { name: unixGroup, id: groupId(unixGroup) } };
}

/** @param group its name, or its number: that need not have a name */
function groupId(group: string): number {
  if (/^\d+$/.test(group)) return Number(group);
  const lines = (readText(GROUPS) ?? '').split('\n').map((line) => line.split(':')); // name:password:number:members
  const id = lines.find(([name]) => name === group)?.[2];
  if (id !== undefined) return Number(id);
  throw new PetrelError(
    'UNKNOWN_GROUP',
    `there is no group ${group} in ${GROUPS} (listen_options.unix_group): make it, or give its number`,
  );
}
