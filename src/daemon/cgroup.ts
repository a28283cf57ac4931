import { join } from 'node:path';
import { readText } from '../kit/read-text.ts';

/** Where a figure of a control group stands: version 2's file, and version 1's controller and file. */
export interface CgroupFile {
  readonly v2: string;
  readonly v1: { readonly controller: string; readonly file: string };
}

/** Deeper than any system nests its groups. */
const MAX_DEPTH = 32;

/**
 * The texts of a file in a process's control group and in all groups above it, the own one first: a limit of any of them
 * counts. Empty where there are no groups.
 *
 * @param root where / is, for tests
 * @param pid default: this process
 */
export function readCgroup({ v2, v1 }: CgroupFile, root = '/', pid: number | 'self' = 'self'): string[] {
  const texts = groupFolders(v1.controller, root, pid).map(({ folder, isV2 }) =>
    readText(join(folder, isV2 ? v2 : v1.file)),
  );
  return texts.flatMap((text) => (text === null ? [] : [text]));
}

/** Folders of a process's control group and of all groups above it, the own one first; some may not be there. */
export function groupFolders(
  controller: string,
  root = '/',
  pid: number | 'self' = 'self',
): { folder: string; isV2: boolean }[] {
  const mount = join(root, 'sys/fs/cgroup');
  return groupsOf(root, pid).flatMap(({ controllers, path }) => {
    const isV2 = controllers === '';
    if (!isV2 && !controllers.split(',').includes(controller)) return [];
    const top = isV2 ? mount : join(mount, controller);
    return upwards(path).map((group) => ({ folder: join(top, group), isV2 }));
  });
}

/** Lines of /proc/PID/cgroup are "number:controllers:path"; version 2 names no controllers. */
function groupsOf(root: string, pid: number | 'self'): { controllers: string; path: string }[] {
  const lines = (readText(join(root, `proc/${pid}/cgroup`)) ?? '').split('\n');
  return lines.flatMap((line) => {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    return controllers === undefined || path === undefined ? [] : [{ controllers, path }];
  });
}

/** A group and those above it up to the mount's root, which in a container is the container's own. */
function upwards(path: string): string[] {
  const names = path
    .split('/')
    .filter((name) => name !== '' && name !== '..')
    .slice(0, MAX_DEPTH);
  return Array.from({ length: names.length + 1 }, (_, up) => names.slice(0, names.length - up).join('/'));
}
