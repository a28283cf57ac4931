import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const MOUNT = '/sys/fs/cgroup';
const PERIOD_US = 100_000;
const LOOK_MS = 50;
const MOST_LOOKS = 100;

export interface CgroupLimits {
  readonly cpus: number;
  readonly memoryBytes: number;
}

/** A control group with the limits of a container, version 1 or 2, whichever this machine has. Needs root. */
export class Cgroup {
  readonly #folders: readonly string[];
  readonly #isV2: boolean;

  /** @throws where control groups can't be made */
  constructor(name: string, { cpus, memoryBytes }: CgroupLimits) {
    this.#isV2 = existsSync(join(MOUNT, 'cgroup.controllers'));
    this.#folders = this.#isV2 ? [join(MOUNT, name)] : ['cpu', 'memory'].map((part) => join(MOUNT, part, name));
    for (const folder of this.#folders) mkdirSync(folder, { recursive: true });
    const quota = Math.round(cpus * PERIOD_US);
    if (this.#isV2) {
      this.#write('cpu.max', `${quota} ${PERIOD_US}`);
      this.#write('memory.max', memoryBytes);
    } else {
      this.#write('cpu.cfs_period_us', PERIOD_US);
      this.#write('cpu.cfs_quota_us', quota);
      this.#write('memory.limit_in_bytes', memoryBytes);
    }
  }

  add(pid: number): void {
    for (const folder of this.#folders) writeFileSync(join(folder, 'cgroup.procs'), String(pid));
  }

  /** The most memory the group has used, file pages included. */
  get peakBytes(): number {
    return Number(this.#read(this.#isV2 ? 'memory.peak' : 'memory.max_usage_in_bytes'));
  }

  /** Periods in which the group had to wait for its share of CPU. */
  get throttledPeriods(): number {
    return Number(/nr_throttled (\d+)/.exec(this.#read('cpu.stat'))?.[1] ?? 0);
  }

  get oomKills(): number {
    return Number(/oom_kill (\d+)/.exec(this.#read(this.#isV2 ? 'memory.events' : 'memory.oom_control'))?.[1] ?? 0);
  }

  /** Once its processes have ended: waits a moment for workers, which end after their supervisor. */
  async remove(): Promise<void> {
    const isEmpty = () => this.#folders.every((folder) => readFileSync(join(folder, 'cgroup.procs'), 'utf8') === '');
    for (let looks = 0; looks < MOST_LOOKS && !isEmpty(); looks += 1) await Bun.sleep(LOOK_MS);
    for (const folder of this.#folders) rmdirSync(folder);
  }

  #folderOf(file: string): string {
    const [cpu = '', memory = cpu] = this.#folders;
    return file.startsWith('cpu') ? cpu : memory;
  }

  #write(file: string, value: string | number): void {
    writeFileSync(join(this.#folderOf(file), file), String(value));
  }

  #read(file: string): string {
    return readFileSync(join(this.#folderOf(file), file), 'utf8');
  }
}
