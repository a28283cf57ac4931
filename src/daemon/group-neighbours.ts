import { join } from 'node:path';
import { readText } from '../kit/read-text.ts';
import { numberAfter } from './machine.ts';

const KB = 1024;
/** Each takes a read of a file; a group of more programs than these is not made for one proxy. */
const MOST_PROGRAMS = 256;

/**
 * Memory of other programs in a control group: where it is a login session's, or a container's in which more runs than the
 * proxy. Programs that can't be seen count as ours.
 *
 * @param groupFolder where the group's files are
 * @param proxyPid the first process of the proxy; those that it started belong to it
 */
export function neighboursIn(groupFolder: string, proxyPid: number, root = '/'): number {
  const pids = (readText(join(groupFolder, 'cgroup.procs')) ?? '').split('\n', MOST_PROGRAMS);
  const others = pids.filter((pid) => pid !== '' && Number(pid) !== proxyPid);
  return others.reduce((sum, pid) => sum + heldBy(pid, proxyPid, root), 0);
}

function heldBy(pid: string, proxyPid: number, root: string): number {
  const status = readText(join(root, 'proc', pid, 'status')) ?? '';
  return numberAfter(status, 'PPid:') === proxyPid ? 0 : numberAfter(status, 'RssAnon:') * KB;
}
