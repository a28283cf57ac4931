import { bytesText, countText } from '../../kit/figures-text.ts';
import { type Finding, ok, warning } from '../../kit/finding.ts';
import type { SystemFiles } from './system-files.ts';

/** What stands in the kernel's settings, in words, and whether it suits a busy proxy. */
interface Reading {
  readonly seen: string;
  readonly isTuned: boolean;
}

interface Setting {
  readonly check: string;
  /** Null where this kernel or container does not show it. */
  readonly read: (files: SystemFiles) => Reading | null;
  /** What an untuned one costs. */
  readonly cost: string;
}

const MB = 1024 * 1024;
/** The guide's ceiling. */
const BUFFER_CEILING = 16 * MB;
const LEAST_QUEUE = 1024;
/** Bits of net.ipv4.tcp_fastopen. */
const FAST_OPEN_BOTH = 3;
/** The kernel's default has 28,232. */
const LEAST_PORTS = 40_000;
/** A session is two tracked connections, and those that were closed stay for a while. */
const LEAST_TRACKED = 65_536;
const FULL_SHARE = 0.8;
/** vm.overcommit_memory: never promise more than there is. The runtime reserves far more than it uses. */
const NEVER_OVERCOMMIT = 2;
/** vm.swappiness: memory of programs is swapped out last. */
const MOST_SWAPPINESS = 10;
const TUNE = 'sudo ./optimize_system_lowres.sh sets it';

export const NETWORK_SETTINGS: readonly Setting[] = [
  {
    check: 'congestion',
    read: readCongestion,
    cost: 'without BBR and fq lossy links, mobile ones above all, are slow',
  },
  { check: 'buffers', read: readBuffers, cost: 'fast transfers over long ways stay below their speed' },
  { check: 'queues', read: readQueues, cost: 'when many phones reconnect at once some are dropped' },
  { check: 'fast open', read: readFastOpen, cost: 'clients that ask for it cannot save a round trip' },
  { check: 'local ports', read: readLocalPorts, cost: 'every session takes one for its way to Telegram' },
  { check: 'conntrack', read: readTracking, cost: 'when the table is full new connections are dropped' },
];

export const MEMORY_SETTINGS: readonly Setting[] = [
  { check: 'overcommit', read: readOvercommit, cost: 'a start may fail although memory is free' },
  {
    check: 'swappiness',
    read: readSwappiness,
    cost: "Petrel's memory is swapped out early, and every session waits for it",
  },
];

/** Compares the kernel's settings with what the tuning script sets. */
export function settingFindings(settings: readonly Setting[], files: SystemFiles): Finding[] {
  return settings.flatMap(({ check, read, cost }) => {
    const reading = read(files);
    if (reading === null) return [];
    return [reading.isTuned ? ok(check, reading.seen) : warning(check, reading.seen, `${cost}: ${TUNE}`)];
  });
}

function readCongestion(files: SystemFiles): Reading | null {
  const control = files.text('/proc/sys/net/ipv4/tcp_congestion_control');
  if (control === null) return null;
  const queue = files.text('/proc/sys/net/core/default_qdisc'); // containers don't show it
  return {
    seen: queue === null ? control : `${control} with ${queue}`,
    isTuned: control === 'bbr' && (queue === null || queue === 'fq'),
  };
}

function readBuffers(files: SystemFiles): Reading | null {
  const most = (name: string) => files.number(`/proc/sys/net/core/${name}_max`);
  const [receive, send] = [most('rmem'), most('wmem')];
  if (receive === null || send === null) return null;
  return {
    seen: `a socket's may be up to ${bytesText(receive)} to receive, ${bytesText(send)} to send`,
    isTuned: Math.min(receive, send) >= BUFFER_CEILING,
  };
}

function readQueues(files: SystemFiles): Reading | null {
  const accept = files.number('/proc/sys/net/core/somaxconn');
  const half = files.number('/proc/sys/net/ipv4/tcp_max_syn_backlog');
  if (accept === null || half === null) return null;
  return {
    seen: `${countText(accept)} connections may wait to be accepted, ${countText(half)} be half open`,
    isTuned: Math.min(accept, half) >= LEAST_QUEUE,
  };
}

function readFastOpen(files: SystemFiles): Reading | null {
  const bits = files.number('/proc/sys/net/ipv4/tcp_fastopen');
  if (bits === null) return null;
  const isTuned = (bits & FAST_OPEN_BOTH) === FAST_OPEN_BOTH;
  return { seen: isTuned ? 'on' : `off for incoming connections (tcp_fastopen = ${bits})`, isTuned };
}

function readLocalPorts(files: SystemFiles): Reading | null {
  const [low, high] = (files.text('/proc/sys/net/ipv4/ip_local_port_range') ?? '').split(/\s+/).map(Number);
  if (low === undefined || high === undefined) return null;
  const count = high - low + 1;
  return { seen: `${countText(count)}, from ${low} to ${high}`, isTuned: count >= LEAST_PORTS };
}

function readTracking(files: SystemFiles): Reading | null {
  const most = files.number('/proc/sys/net/netfilter/nf_conntrack_max');
  if (most === null) return { seen: 'connections are not tracked here', isTuned: true };
  const count = files.number('/proc/sys/net/netfilter/nf_conntrack_count') ?? 0;
  return {
    seen: `${countText(count)} connections tracked, of at most ${countText(most)}`,
    isTuned: most >= LEAST_TRACKED && count <= most * FULL_SHARE,
  };
}

function readOvercommit(files: SystemFiles): Reading | null {
  const rule = files.number('/proc/sys/vm/overcommit_memory');
  if (rule === null) return null;
  return { seen: `vm.overcommit_memory = ${rule}`, isTuned: rule !== NEVER_OVERCOMMIT };
}

/** Of no account where there is no swap. */
function readSwappiness(files: SystemFiles): Reading | null {
  const value = files.number('/proc/sys/vm/swappiness');
  if (value === null || !files.field('/proc/meminfo', 'SwapTotal')) return null;
  return { seen: `vm.swappiness = ${value}`, isTuned: value <= MOST_SWAPPINESS };
}
