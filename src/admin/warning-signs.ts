import { bytesText } from '../kit/figures-text.ts';
import { isHeldByOthers } from '../proxy/pressure.ts';
import { clockMessage, siteMessage, storageMessage, telegramMessage } from './needed-signs.ts';
import { PLACE_NAMES } from './place-names.ts';
import type { GovernorSnapshot, Snapshot } from './snapshot.ts';

export const SIGNS = [
  'telegram',
  'site',
  'storage',
  'clock',
  'memory',
  'cpu',
  'swap',
  'dropped',
  'crowd',
  'descriptors',
  'oom-kill',
  'strangers',
] as const;
export type Sign = (typeof SIGNS)[number];

/** Signs whose messages name what fails, and not figures that change at each look: a new message is news. */
export const NAMING_SIGNS: readonly Sign[] = ['telegram', 'site', 'storage'];

/** A figure that has left its healthy range, or something needed that fails, in the words that status, doctor, log and metrics share. */
export interface WarningSign {
  readonly sign: Sign;
  readonly message: string;
  readonly advice: string;
}

const MB = 1024 * 1024;
/** The guide's line: 1.4 GB of a container's 1.5 GB; in smaller ones the same part. */
export const MEMORY_LINE_BYTES = 1.4 * 1024 * MB;
export const MEMORY_LINE_SHARE = 1.4 / 1.5;
export const CPU_LINE_SHARE = 0.8;
export const SWAP_LINE_BYTES = 100 * MB;
export const DESCRIPTOR_LINE_SHARE = 0.8;
/** Of all that is moved in five minutes, from so many bytes on: some 1 GB an hour. */
export const STRANGER_LINE_SHARE = 0.5;
export const STRANGER_LINE_BYTES = 100 * MB;

type Check = (snapshot: Omit<Snapshot, 'warnings'>) => string | null;

const CHECKS: Record<Sign, { readonly check: Check; readonly advice: string }> = {
  telegram: {
    check: telegramMessage,
    advice:
      'run petrel doctor to see which addresses answer; if Telegram is blocked where the server stands, use telegram.upstream or another provider',
  },
  site: {
    check: siteMessage,
    advice:
      'strangers see that this is no website: see that the site runs where mask.host and mask.port say, or front another one (petrel doctor --domain NAME examines it)',
  },
  storage: {
    check: storageMessage,
    advice:
      'users made here, quotas and replay digests may last only until the stop: see to the room on its disk, its owner and its mode (petrel doctor), and restart Petrel if the sign stays',
  },
  clock: {
    check: clockMessage,
    advice:
      "fake-TLS clients whose clock differs are refused: let the system set its clock (timedatectl set-ntp true, or install chrony); if it is right, the clients' clocks are wrong",
  },
  memory: {
    check: ({ governor }) => (isHeldByOthers(governor) ? othersMessage(governor) : ownMessage(governor)),
    advice:
      'use smaller buffers (limits.to_client_buffer), allow fewer connections (limits.max_connections), look for what else uses memory (free -m, ss -tm, docker stats), or move to a bigger server',
  },
  cpu: {
    check: ({ vitals: { cpuMinuteShare }, limits: { cpus } }) =>
      cpuMinuteShare > CPU_LINE_SHARE
        ? `CPU use over the last minute is ${percent(cpuMinuteShare)} of ${cpus} CPU, above ${percent(CPU_LINE_SHARE)}`
        : null,
    advice:
      'allow fewer connections (limits.max_connections, users.*.max_connections), set users.*.rate, or move to a bigger server',
  },
  swap: {
    check: ({ vitals: { swapUsedBytes } }) => swapMessage(swapUsedBytes),
    advice: 'look for what else uses memory (free -m, docker stats), use smaller buffers, or move to a bigger server',
  },
  dropped: {
    check: ({ vitals: { listenDrops, sessionsRefused } }) =>
      listenDrops + sessionsRefused > 0
        ? `connections were dropped in the last five minutes: ${listenDrops} by the kernel, ${sessionsRefused} by Petrel`
        : null,
    advice:
      'see to the sign crowd first if it shows too; run optimize_system_lowres.sh (longer queues), raise limits.max_connections if memory allows, or move to a bigger server',
  },
  crowd: {
    check: ({ vitals: { displaced }, lobby: { crowd } }) =>
      displaced > 0 && crowd !== null
        ? `${displaced} connections that proved nothing were closed in the last five minutes to make room; ${crowd.network} had most of them, ${crowd.connections} at once`
        : null,
    advice:
      'unless users of yours come from there (a carrier has many behind one address), block that network in the firewall, or set limits.max_connections_per_ip',
  },
  descriptors: {
    check: ({ vitals: { descriptors }, limits }) =>
      descriptors > limits.descriptors * DESCRIPTOR_LINE_SHARE
        ? `${descriptors} of ${limits.descriptors} file descriptors are in use, above ${percent(DESCRIPTOR_LINE_SHARE)}`
        : null,
    advice:
      'raise the limit of open files (LimitNOFILE, ulimits.nofile, ulimit -n), or allow fewer connections (limits.max_connections)',
  },
  'oom-kill': {
    check: ({ vitals: { oomKills } }) =>
      oomKills > 0
        ? `the kernel killed ${oomKills} process${oomKills === 1 ? '' : 'es'} for want of memory since the start`
        : null,
    advice: 'see dmesg for which; use smaller buffers, allow fewer connections, or move to a bigger server',
  },
  strangers: {
    check: ({ vitals: { userBytes, strangerBytes } }) => {
      const share = strangerBytes / Math.max(1, userBytes + strangerBytes);
      return strangerBytes > STRANGER_LINE_BYTES && share > STRANGER_LINE_SHARE
        ? `strangers moved ${mb(strangerBytes)} to and from the fronted site in the last five minutes, ${percent(share)} of all traffic`
        : null;
    },
    advice:
      'unless they are visitors of a site of your own, somebody uses this server to reach the fronted site: lower mask.rate and mask.rate_per_network, or front a small site of your own',
  },
};

function ownMessage({ usedBytes, limitBytes }: Pick<GovernorSnapshot, 'usedBytes' | 'limitBytes'>): string | null {
  const line = Math.min(MEMORY_LINE_BYTES, limitBytes * MEMORY_LINE_SHARE);
  return usedBytes > line ? `memory in use is ${mb(usedBytes)}, above ${mb(line)}` : null;
}

/** Others take nothing but room to grow, so that it is told once that is taken. */
function othersMessage({ level, place, usedBytes, limitBytes, othersBytes }: GovernorSnapshot): string | null {
  if (level === 'normal') return ownMessage({ usedBytes, limitBytes });
  const left = bytesText(Math.max(0, limitBytes - usedBytes));
  return `other programs hold ${bytesText(othersBytes)} of ${PLACE_NAMES[place]}, Petrel ${bytesText(usedBytes)}; ${left} left`;
}

/** What a machine with so much swapped out is told; null for a healthy one. */
export function swapMessage(usedBytes: number): string | null {
  if (usedBytes <= SWAP_LINE_BYTES) return null;
  return `the machine has ${mb(usedBytes)} swapped out, above ${mb(SWAP_LINE_BYTES)}`;
}

/** What to do about a sign. */
export function adviceOn(sign: Sign): string {
  return CHECKS[sign].advice;
}

/** The signs that a moment's figures show. */
export function warningSigns(snapshot: Omit<Snapshot, 'warnings'>): WarningSign[] {
  return SIGNS.flatMap((sign) => {
    const { check, advice } = CHECKS[sign];
    const message = check(snapshot);
    return message === null ? [] : [{ sign, message, advice }];
  });
}

function mb(bytes: number): string {
  return `${Math.round(bytes / MB)} MB`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
