import { pauseText } from '../admin/pause.ts';
import { PLACE_NAMES } from '../admin/place-names.ts';
import type { Snapshot, UserSnapshot } from '../admin/snapshot.ts';
import type { WarningSign } from '../admin/warning-signs.ts';
import { bytesText, countText, durationText, percentText } from '../kit/figures-text.ts';
import { MODES } from '../proxy/ledger.ts';
import { type BannerStyle, wrap } from './banner.ts';

const LABEL_COLUMNS = 13;
const INDENT = ' '.repeat(2 + LABEL_COLUMNS);
/** More users than a screen shows are counted only. */
const MOST_USERS = 12;
const MOST_REASONS = 5;
const BOLD = '\x1b[1m';
const RED = '\x1b[31m';
const GREEN = '\x1b[32m';
const PLAIN = '\x1b[0m';

/** What `petrel status` shows, a line an element. */
export function statusLines(snapshot: Snapshot, style: BannerStyle): string[] {
  const rows: [string, string[]][] = [
    ['sessions', sessionRow(snapshot)],
    ['traffic', trafficRow(snapshot)],
    ['Telegram', dataCenterRow(snapshot)],
    ['strangers', strangerRow(snapshot)],
    ['memory', memoryRow(snapshot)],
    ['CPU', cpuRow(snapshot)],
    ['descriptors', [`${countText(snapshot.vitals.descriptors)} of ${countText(snapshot.limits.descriptors)}`]],
    ...(snapshot.workers.length === 0 ? [] : [['workers', workerRow(snapshot)] satisfies [string, string[]]]),
    ['users', []],
  ];
  return [
    paint(titleOf(snapshot), BOLD, style),
    '',
    ...rows.flatMap(([label, parts]) => rowLines(label, parts, style)),
    ...userLines(snapshot.users),
    '',
    ...warningLines(snapshot.warnings, style),
  ];
}

function titleOf({ version, addresses, pause, startedAtMs, atMs }: Snapshot): string {
  const state = pause === null ? 'serving' : `not accepting (${pauseText(pause).reason}):`;
  return `petrel ${version}   ${state} ${addresses.join(' ')}   up ${durationText((atMs - startedAtMs) / 1_000)}`;
}

function sessionRow({ ledger, limits }: Snapshot): string[] {
  const modes = MODES.filter((mode) => ledger.relayingByMode[mode] > 0);
  const byMode = modes.map((mode) => `${mode} ${countText(ledger.relayingByMode[mode])}`);
  return [
    `${countText(ledger.relaying)} relayed${byMode.length > 0 ? ` (${byMode.join(', ')})` : ''}`,
    `${countText(ledger.open)} of ${limits.sessions === 0 ? 'any number' : countText(limits.sessions)} open`,
    `${countText(ledger.accepted)} since the start`,
  ];
}

function trafficRow({ ledger, vitals }: Snapshot): string[] {
  return [
    `down ${bytesText(vitals.downlinkBytesPerSecond)}/s, ${bytesText(ledger.downlinkBytes)} in all`,
    `up ${bytesText(vitals.uplinkBytesPerSecond)}/s, ${bytesText(ledger.uplinkBytes)} in all`,
  ];
}

function dataCenterRow({ ledger, ready, failing }: Snapshot): string[] {
  const rows = Object.entries(ledger.dataCenters).map(([dc, { dials, sessionFailures, sessionsUnanswered }]) => {
    const time = dials.count === 0 ? 'never reached' : `${Math.round(dials.sum / dials.count)} ms`;
    const failed = sessionFailures === 0 ? '' : `, ${countText(sessionFailures)} sessions failed`;
    const unanswered = sessionsUnanswered === 0 ? '' : `, ${countText(sessionsUnanswered)} unanswered`;
    const dead = (failing[Math.abs(Number(dc))] ?? [])
      .map(({ address, fault }) => `, ${address} fails (${fault})`)
      .join('');
    return `DC ${dc} ${time}, ${ready[dc] ?? 0} ready${failed}${unanswered}${dead}`;
  });
  return rows.length === 0 ? ['no session yet'] : rows;
}

function strangerRow({ ledger }: Snapshot): string[] {
  const reasons = Object.entries(ledger.strangers).filter(([, count]) => count > 0);
  const most = reasons.sort(([, a], [, b]) => b - a).slice(0, MOST_REASONS);
  const total = reasons.reduce((sum, [, count]) => sum + count, 0);
  return [
    `${countText(total)} since the start, ${countText(ledger.splicing)} now`,
    `moved ${bytesText(ledger.strangerUplinkBytes + ledger.strangerDownlinkBytes)}`,
    ...most.map(([reason, count]) => `${reason} ${countText(count)}`),
  ];
}

function memoryRow({ governor, vitals }: Snapshot): string[] {
  const { place, usedBytes, limitBytes, othersBytes } = governor;
  return [
    `${bytesText(usedBytes)} of ${bytesText(limitBytes)} (${PLACE_NAMES[place]})`,
    ...(othersBytes > 0 ? [`others hold ${bytesText(othersBytes)}`] : []),
    `process ${bytesText(vitals.rssBytes)}`,
    `governor ${governor.level}`,
    `swap of the machine ${bytesText(vitals.swapUsedBytes)}`,
  ];
}

function cpuRow({ vitals, limits }: Snapshot): string[] {
  return [
    `${percentText(vitals.cpuShare)} of ${limits.cpus} CPU`,
    `event loop late by ${Math.ceil(vitals.worstLagMs)} ms at most in the last minute`,
  ];
}

function workerRow({ workers, workersReplaced }: Snapshot): string[] {
  const replaced = workersReplaced === 0 ? [] : [`${countText(workersReplaced)} replaced since the start`];
  const each = workers.map(
    ({ pid, sessions, rssBytes }) => `process ${pid}: ${countText(sessions)} open, ${bytesText(rssBytes)}`,
  );
  return [...each, ...replaced];
}

function userLines(users: readonly UserSnapshot[]): string[] {
  const most = [...users].sort((a, b) => b.connections - a.connections || moved(b) - moved(a)).slice(0, MOST_USERS);
  const width = Math.max(...most.map(({ name }) => name.length), 0);
  const lines = most.map((user) => {
    const { name, isEnabled, connections, maxConnections, networks, uplinkBytes, downlinkBytes, quotaBytes } = user;
    const limit = maxConnections === 0 ? '' : ` of ${maxConnections}`;
    const quota = quotaBytes === 0 ? '' : `, ${percentText(moved(user) / quotaBytes)} of the quota`;
    const places = networks === 1 ? '1 network' : `${networks} networks`;
    const state = isEnabled ? `${connections}${limit} connections from ${places}` : 'disabled';
    return `${INDENT}${name.padEnd(width)}  ${state}   down ${bytesText(downlinkBytes)}  up ${bytesText(uplinkBytes)}${quota}`;
  });
  const others = users.length - most.length;
  return others > 0 ? [...lines, `${INDENT}and ${others} more`] : lines;
}

function moved({ uplinkBytes, downlinkBytes }: UserSnapshot): number {
  return uplinkBytes + downlinkBytes;
}

/** Warning signs as status and doctor show them. */
export function warningLines(warnings: readonly WarningSign[], style: BannerStyle): string[] {
  if (warnings.length === 0) return [paint('no warning signs', GREEN, style)];
  return warnings.flatMap(({ sign, message, advice }) => [
    paint(`warning sign ${sign}: ${message}`, RED, style),
    ...wrap(`-> ${advice}`, style.columns - 2).map((line) => `  ${line}`),
  ]);
}

/** A label and parts, as many a line as there is room for. */
function rowLines(label: string, parts: readonly string[], { columns }: BannerStyle): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    const joined = `${last}   ${part}`;
    if (last !== undefined && INDENT.length + joined.length <= columns) lines[lines.length - 1] = joined;
    else lines.push(part);
  }
  const [first = '', ...others] = lines;
  return [`  ${label.padEnd(LABEL_COLUMNS)}${first}`.trimEnd(), ...others.map((line) => INDENT + line)];
}

function paint(text: string, colour: string, { hasColour }: BannerStyle): string {
  return hasColour ? colour + text + PLAIN : text;
}
