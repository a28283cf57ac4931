import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { numberAfter } from '../../src/daemon/machine.ts';

/** Where the two versions keep a group's files; of version 1 the limit of sockets makes it count them at all. */
const VERSIONS = [
  { mount: '/sys/fs/cgroup', limits: ['memory.max'], used: ['memory.current'], events: 'memory.events' },
  {
    mount: '/sys/fs/cgroup/memory',
    limits: ['memory.limit_in_bytes', 'memory.kmem.tcp.limit_in_bytes'],
    used: ['memory.usage_in_bytes', 'memory.kmem.tcp.usage_in_bytes'],
    events: 'memory.oom_control',
  },
] as const;

const PROBE_LIMIT_BYTES = 64 * 1024 * 1024;

type Version = (typeof VERSIONS)[number];

/** A control group with a memory limit, for a process that a test starts. */
export class MemoryGroup implements Disposable {
  readonly limitBytes: number;
  readonly #folder: string;
  readonly #version: Version;

  private constructor(folder: string, version: Version, limitBytes: number) {
    this.#folder = folder;
    this.#version = version;
    this.limitBytes = limitBytes;
    for (const file of version.limits) writeFileSync(join(folder, file), String(limitBytes));
  }

  /** That takes root, and a memory controller. */
  static isPossible(): boolean {
    const probe = MemoryGroup.#tryToMake(PROBE_LIMIT_BYTES);
    probe?.[Symbol.dispose]();
    return probe !== null;
  }

  static make(limitBytes: number): MemoryGroup {
    const group = MemoryGroup.#tryToMake(limitBytes);
    if (group === null) throw new Error('no control group with a memory limit can be made');
    return group;
  }

  static #tryToMake(limitBytes: number): MemoryGroup | null {
    for (const version of VERSIONS) {
      const folder = join(version.mount, `petrel-test-${process.pid}`);
      if (!existsSync(join(version.mount, 'cgroup.procs'))) continue; // not this version
      try {
        mkdirSync(folder);
      } catch {
        continue; // not allowed
      }
      try {
        return new MemoryGroup(folder, version, limitBytes);
      } catch {
        rmdirSync(folder); // no memory controller here
      }
    }
    return null;
  }

  /** The file that takes a process in. */
  get entry(): string {
    return join(this.#folder, 'cgroup.procs');
  }

  /** All memory that counts against the limit, socket buffers and page cache included. */
  get usedBytes(): number {
    return this.#version.used.reduce((sum, file) => sum + Number(this.#read(file)), 0);
  }

  /** The part of it that the kernel drops before it kills. */
  get cacheBytes(): number {
    const stat = this.#read('memory.stat');
    return numberAfter(stat, 'inactive_file') + numberAfter(stat, 'active_file');
  }

  get oomKills(): number {
    return numberAfter(this.#read(this.#version.events), 'oom_kill');
  }

  /** Once its processes have ended. */
  [Symbol.dispose](): void {
    rmdirSync(this.#folder);
  }

  #read(file: string): string {
    return readFileSync(join(this.#folder, file), 'utf8');
  }
}
