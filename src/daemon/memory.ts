import { freemem, totalmem } from 'node:os';
import { join } from 'node:path';
import { readText } from '../kit/read-text.ts';
import {
  isHeldByOthers,
  type MemoryPlace,
  type MemoryUse,
  NOTEWORTHY_PRESSURE,
  pressureOf,
} from '../proxy/pressure.ts';
import { type GroupMemory, memoryGroups } from './group-memory.ts';
import { neighboursIn } from './group-neighbours.ts';
import { growthIn } from './growth.ts';
import { numberAfter } from './machine.ts';
import { OwnUse } from './own-use.ts';
import { SocketMemory } from './socket-memory.ts';

const KB = 1024;

/** The place that is nearest to its end, and what follows from all of them. */
export interface MemoryReading extends MemoryUse {
  /** What grown buffers of this process may hold now; absent: as much as at the start. */
  readonly growthBytes?: number;
  /** What may fill up until the next look; absent: what is left in this place. */
  readonly leftBytes?: number;
}

export interface MemoryParts {
  /** Where / is, for tests. */
  readonly root?: string;
  /** So many processes of the proxy serve and share what there is; the kernel balances clients over them. */
  readonly processes?: number;
  /** The first process of the proxy; default: this one. */
  readonly proxyPid?: number;
  /** Kernel memory that this process's sockets hold; default: all that the machine's do, where nobody can tell. */
  readonly socketBytes?: () => number;
}

/** What this proxy holds and may hold. Works with whatever the system tells, and never throws. */
export class Memory {
  /** Socket buffers of the whole machine, and the kernel's limit for them. */
  readonly sockets: SocketMemory;
  readonly #root: string;
  readonly #processes: number;
  readonly #groups: readonly GroupMemory[];
  readonly #own: OwnUse;

  constructor({ root = '/', processes = 1, proxyPid = process.pid, socketBytes }: MemoryParts = {}) {
    this.#root = root;
    this.#processes = processes;
    this.#groups = memoryGroups(root);
    this.sockets = new SocketMemory(root);
    const [group] = this.#groups;
    this.#own = new OwnUse({
      sockets: () => (socketBytes === undefined ? Number.POSITIVE_INFINITY : socketBytes() * processes),
      neighbours: () => (group === undefined ? 0 : neighboursIn(group.folder, proxyPid, root)),
    });
  }

  /** Memory of the host or of the narrowest control group around this process, whichever is less. */
  limit(): number {
    return Math.min(this.#hostFigure('MemTotal:'), ...this.#groups.map((group) => group.limit()));
  }

  /** Memory in use and the limit of it, in the place that is nearest to its end. */
  read(): Required<MemoryReading> {
    const allSocketBytes = this.sockets.used();
    this.#own.renew(allSocketBytes, false);
    const reading = this.#nearest(allSocketBytes);
    const isNoteworthy = pressureOf(reading) > NOTEWORTHY_PRESSURE;
    return isNoteworthy && this.#own.renew(allSocketBytes, true) ? this.#nearest(allSocketBytes) : reading;
  }

  #nearest(allSocketBytes: number): Required<MemoryReading> {
    const places = this.#places(allSocketBytes);
    const nearest = places.reduce((one, other) => (pressureOf(other) > pressureOf(one) ? other : one));
    const growth = places.map(({ place, limitBytes }) => growthIn(place, limitBytes));
    const filling = places.filter((use) => use.place !== 'sockets' || !isHeldByOthers(use));
    return {
      ...nearest,
      growthBytes: Math.min(...growth) / this.#processes,
      leftBytes: Math.min(...filling.map(({ usedBytes, limitBytes }) => limitBytes - usedBytes)),
    };
  }

  #places(allSocketBytes: number): [Required<MemoryUse>, ...Required<MemoryUse>[]] {
    const own = this.#groups[0]?.use();
    const socketBytes = this.#socketBytes(allSocketBytes, own?.socketBytes ?? null);
    const [all, available] = [this.#hostFigure('MemTotal:'), this.#hostFigure('MemAvailable:')];
    const residentBytes = this.#residentBytes() * this.#processes;
    const places: [Required<MemoryUse>, ...Required<MemoryUse>[]] = [
      useOf('host', residentBytes + socketBytes, all - available, all),
      useOf('sockets', socketBytes, allSocketBytes, this.sockets.limitBytes),
    ];
    if (own === undefined) return places;
    const otherSocketBytes = Math.max(0, (own.socketBytes ?? 0) - socketBytes);
    const ownBytes = Math.max(0, own.usedBytes - otherSocketBytes - this.#own.neighbourBytes);
    this.#groups.forEach((group, index) => {
      const limit = group.limit();
      if (!Number.isFinite(limit)) return;
      const { usedBytes } = index === 0 ? own : group.use();
      places.push(useOf('cgroup', ownBytes, usedBytes, limit));
    });
    return places;
  }

  /** A group that is ours alone counts what a walk can't see too: connections that are closed and still deliver. */
  #socketBytes(allBytes: number, groupBytes: number | null): number {
    if (groupBytes !== null && this.#own.neighbourBytes === 0) return groupBytes;
    return Math.min(this.#own.socketBytes(allBytes), groupBytes ?? Number.POSITIVE_INFINITY);
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

/** @param ownBytes ours @param usedBytes what all hold there @param placeBytes what the place has */
function useOf(place: MemoryPlace, ownBytes: number, usedBytes: number, placeBytes: number): Required<MemoryUse> {
  const leftBytes = Math.max(0, placeBytes - usedBytes);
  const othersBytes = Math.max(0, usedBytes - ownBytes);
  return { place, usedBytes: ownBytes, limitBytes: ownBytes + leftBytes, othersBytes };
}
