import { bytesText } from '../kit/figures-text.ts';
import type { UserSnapshot } from './snapshot.ts';

/** Why a user's next session would be refused. */
export interface Standing {
  /** In a word or two. */
  readonly word: string;
  /** In a sentence about the user's links. */
  readonly text: string;
}

export type Stander = Pick<
  UserSnapshot,
  | 'isEnabled'
  | 'connections'
  | 'maxConnections'
  | 'networks'
  | 'maxNetworks'
  | 'uplinkBytes'
  | 'downlinkBytes'
  | 'quotaBytes'
  | 'expiresAtMs'
>;

const MINUTES_OF_ISO = 16; // "2026-12-31T23:59"

/** The first of the reasons, in the order in which the proxy looks at them; null: it would be admitted. */
export function standingOf(user: Stander, nowMs: number): Standing | null {
  const { expiresAtMs, quotaBytes, connections, maxConnections, networks, maxNetworks } = user;
  if (!user.isEnabled) return { word: 'disabled', text: 'disabled: these links do not work' };
  if (expiresAtMs !== null && nowMs >= expiresAtMs) {
    return { word: 'expired', text: `expired at ${minuteText(expiresAtMs)}: these links do not work` };
  }
  if (quotaBytes > 0 && user.uplinkBytes + user.downlinkBytes >= quotaBytes) {
    return { word: 'quota used up', text: `the quota of ${bytesText(quotaBytes)} is used up: these links do not work` };
  }
  if (maxConnections > 0 && connections >= maxConnections) {
    const text = `${connections} of ${maxConnections} connections are in use: one more is refused`;
    return { word: 'connections used up', text };
  }
  if (maxNetworks > 0 && networks >= maxNetworks) {
    const text = `${networks} of ${maxNetworks} networks are in use: one more is refused`;
    return { word: 'networks used up', text };
  }
  return null;
}

function minuteText(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, MINUTES_OF_ISO).replace('T', ' ')} UTC`;
}
