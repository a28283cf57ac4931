import type { Snapshot, UserSnapshot } from '../admin/snapshot.ts';
import { standingOf } from '../admin/user-standing.ts';
import { bytesText, countText, percentText } from '../kit/figures-text.ts';
import { wrap } from './banner.ts';
import { columnLines } from './columns.ts';

const HEAD = ['name', 'state', 'connections', 'networks', 'down', 'up', 'quota'];

/** The `most` busiest users, a line each where there is room, and how the others stand. */
export function userTableLines({ users, atMs }: Snapshot, most: number, room: number): string[] {
  if (users.length === 0) return ['none'];
  const ordered = [...users].sort((a, b) => b.connections - a.connections || moved(b) - moved(a));
  if (most === 0) return wrap(`${countText(users.length)}${standingsText(users, atMs)}`, room);
  const rows = [HEAD, ...ordered.slice(0, most).map((user) => cells(user, atMs))];
  const others = othersLine(ordered.slice(most), atMs).flatMap((line) => wrap(line, room));
  return [...columnLines(withoutEmpty(rows), room), ...others];
}

function cells(user: UserSnapshot, atMs: number): string[] {
  const { name, connections, maxConnections, networks, maxNetworks, uplinkBytes, downlinkBytes, quotaBytes } = user;
  return [
    name,
    standingOf(user, atMs)?.word ?? '',
    ofLimit(connections, maxConnections),
    ofLimit(networks, maxNetworks),
    bytesText(downlinkBytes),
    bytesText(uplinkBytes),
    quotaBytes === 0 ? '' : percentText(moved(user) / quotaBytes),
  ];
}

/** Columns in which nobody has anything are left out. */
function withoutEmpty(rows: readonly (readonly string[])[]): string[][] {
  const isUsed = HEAD.map((_, at) => rows.slice(1).some((row) => row[at] !== ''));
  return rows.map((row) => row.filter((_, at) => isUsed[at]));
}

/** "and 28 more: 2 disabled, 1 expired". */
function othersLine(others: readonly UserSnapshot[], atMs: number): string[] {
  return others.length === 0 ? [] : [`and ${countText(others.length)} more${standingsText(others, atMs)}`];
}

/** How many would be refused, by why; empty when nobody would be. */
function standingsText(users: readonly UserSnapshot[], atMs: number): string {
  const counts = new Map<string, number>();
  for (const user of users) {
    const word = standingOf(user, atMs)?.word;
    if (word !== undefined) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const standing = [...counts].map(([word, count]) => `${countText(count)} ${word}`).join(', ');
  return standing === '' ? '' : `: ${standing}`;
}

function ofLimit(count: number, limit: number): string {
  return limit === 0 ? countText(count) : `${countText(count)} of ${countText(limit)}`;
}

function moved({ uplinkBytes, downlinkBytes }: UserSnapshot): number {
  return uplinkBytes + downlinkBytes;
}
