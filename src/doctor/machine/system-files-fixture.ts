import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { SystemFiles } from './system-files.ts';

const MB_IN_KB = 1024;

/** A tuned server of 1 vCPU and 2 GB: what the kernel shows there. */
export const TUNED_SERVER: Readonly<Record<string, string>> = {
  'proc/cpuinfo': 'processor\t: 0\nmodel name\t: some\nflags\t\t: fpu sse2 sse4_2 avx avx2 sha_ni\n\n',
  'proc/meminfo': meminfo({ total: 1967, available: 1500, swapTotal: 1024, swapFree: 1020 }),
  'proc/vmstat': 'oom_kill_disable 5\noom_kill 0\n',
  'proc/self/limits': limits(65_536),
  'proc/self/cgroup': '0::/user.slice\n',
  'proc/sys/kernel/osrelease': '6.1.0-30-amd64\n',
  'proc/sys/fs/file-nr': '1184\t0\t9223372036854775807\n',
  'proc/sys/vm/overcommit_memory': '1\n',
  'proc/sys/vm/swappiness': '10\n',
  'proc/sys/net/ipv4/tcp_congestion_control': 'bbr\n',
  'proc/sys/net/core/default_qdisc': 'fq\n',
  'proc/sys/net/core/rmem_max': '16777216\n',
  'proc/sys/net/core/wmem_max': '16777216\n',
  'proc/sys/net/core/somaxconn': '4096\n',
  'proc/sys/net/ipv4/tcp_max_syn_backlog': '4096\n',
  'proc/sys/net/ipv4/tcp_fastopen': '3\n',
  'proc/sys/net/ipv4/ip_local_port_range': '10240\t65535\n',
  'proc/sys/net/netfilter/nf_conntrack_max': '65536\n',
  'proc/sys/net/netfilter/nf_conntrack_count': '1234\n',
};

/** @param sizes in megabytes */
export function meminfo(sizes: { total: number; available: number; swapTotal?: number; swapFree?: number }): string {
  const { total, available, swapTotal = 0, swapFree = 0 } = sizes;
  const rows = {
    MemTotal: total,
    MemFree: available / 2,
    MemAvailable: available,
    SwapTotal: swapTotal,
    SwapFree: swapFree,
  };
  return Object.entries(rows)
    .map(([name, megabytes]) => `${`${name}:`.padEnd(16)}${String(megabytes * MB_IN_KB).padStart(8)} kB\n`)
    .join('');
}

/** /proc/PID/limits with this number of open files. */
export function limits(soft: number | 'unlimited', hard: number | 'unlimited' = soft): string {
  return `Limit                     Soft Limit           Hard Limit           Units     \nMax open files            ${String(soft).padEnd(21)}${String(hard).padEnd(21)}files     \n`;
}

/** A root folder with such files, gone at the end of its scope. */
export class MachineFolder implements Disposable {
  readonly files: SystemFiles;
  readonly path = mkdtempSync(join(tmpdir(), 'petrel-machine-'));

  /** @param changes texts by path, on top of the tuned server's; null takes a file away */
  constructor(changes: Readonly<Record<string, string | null>> = {}) {
    for (const [name, text] of Object.entries({ ...TUNED_SERVER, ...changes })) {
      if (text === null) continue;
      mkdirSync(dirname(join(this.path, name)), { recursive: true });
      writeFileSync(join(this.path, name), text);
    }
    this.files = new SystemFiles(this.path);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
