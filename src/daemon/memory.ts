import { freemem, totalmem } from 'node:os';
import { join } from 'node:path';
import { readText } from '../kit/read-text.ts';
import type { MemoryUse } from '../proxy/pressure.ts';
import { type GroupMemory, type GroupUse, memoryGroups } from './group-memory.ts';
import { numberAfter } from './machine.ts';
import { SocketMemory } from './socket-memory.ts';

const KB = 1024;

/** Where memory comes to its end first: the control group's limit, the host's memory, or what the kernel allows to sockets. */
export type MemoryPlace = 'cgroup' | 'host' | 'sockets';

export interface MemoryReading extends MemoryUse {
  readonly place: MemoryPlace;
}

/** What this process holds and may hold. Works with whatever the system tells, and never throws. */
export class Memory {
  /** Socket buffers of the whole machine, and the kernel's limit for them. */
  readonly sockets: SocketMemory;
  readonly #root: string;
  readonly #groups: readonly GroupMemory[];

  /** @param root where / is, for tests */
  constructor(root = '/') {
    this.#root = root;
    this.#groups = memoryGroups(root);
    this.sockets = new SocketMemory(root);
  }

  /** Memory of the host or of the narrowest control group around this process, whichever is less. */
  limit(): number {
    return Math.min(this.#hostFigure('MemTotal:'), ...this.#groups.map((group) => group.limit()));
  }

  /**
   * Memory in use and the limit of it, in the place that is nearest to its end. The limit is what the process uses and
   * what is left there: what others use is not ours to give back.
   */
  read(): MemoryReading {
    const own = this.#groups[0]?.use();
    const socketsUsed = this.sockets.used();
    const ownSockets = own?.socketBytes ?? socketsUsed;
    const places = [
      reading('host', this.#residentBytes() + ownSockets, this.#hostFigure('MemAvailable:')),
      reading('sockets', ownSockets, this.sockets.limitBytes - socketsUsed),
      reading('cgroup', own?.usedBytes ?? 0, this.#leftInGroups(own)),
    ];
    return places.reduce((nearest, place) => (shareOf(place) > shareOf(nearest) ? place : nearest));
  }

  /** @param own the first group's use, already read */
  #leftInGroups(own: GroupUse | undefined): number {
    const left = this.#groups.map((group, index) => {
      const limit = group.limit();
      if (!Number.isFinite(limit)) return limit;
      const { usedBytes } = (index === 0 ? own : undefined) ?? group.use();
      return limit - usedBytes;
    });
    return Math.min(...left);
  }

  /** Of this process, without the pages of files: those the kernel drops before it kills. */
  #residentBytes(): number {
    return numberAfter(readText(join(this.#root, 'proc/self/status')) ?? '', 'RssAnon:') * KB;
  }

  #hostFigure(name: 'MemTotal:' | 'MemAvailable:'): number {
    const text = readText(join(this.#root, 'proc/meminfo'));
    if (text === null) return name === 'MemTotal:' ? totalmem() : freemem();
    return numberAfter(text, name) * KB;
  }
}

function reading(place: MemoryPlace, usedBytes: number, leftBytes: number): MemoryReading {
  return { place, usedBytes, limitBytes: usedBytes + Math.max(0, leftBytes) };
}

function shareOf({ usedBytes, limitBytes }: MemoryUse): number {
  return limitBytes > 0 ? usedBytes / limitBytes : 0;
}
