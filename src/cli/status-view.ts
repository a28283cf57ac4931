import { pauseText } from '../admin/pause.ts';
import { PLACE_NAMES } from '../admin/place-names.ts';
import type { Snapshot } from '../admin/snapshot.ts';
import type { WarningSign } from '../admin/warning-signs.ts';
import { bytesText, countText, durationText, percentText } from '../kit/figures-text.ts';
import { MODES } from '../proxy/ledger.ts';
import { type BannerStyle, wrap } from './banner.ts';
import { userTableLines } from './user-table.ts';

const LABEL_COLUMNS = 13;
const INDENT = ' '.repeat(2 + LABEL_COLUMNS);
const GAP = '   ';
const MOST_REASONS = 5;
/** More users than a screen shows are counted only. */
const MOST_USERS = 12;
const BOLD = '\x1b[1m';
const RED = '\x1b[31m';
const GREEN = '\x1b[32m';
const PLAIN = '\x1b[0m';

/**
 * What `petrel status` shows, a line an element.
 * @param mostLines where there is room for so many, fewer users are shown, so that the warning signs are
 */
export function statusLines(snapshot: Snapshot, style: BannerStyle, mostLines = Number.POSITIVE_INFINITY): string[] {
  const [above, below] = [figureLines(snapshot, style), ['', ...warningLines(snapshot.warnings, style)]];
  const usersOf = (most: number) => labelled('users', userTableLines(snapshot, most, roomIn(style)));
  const room = mostLines - above.length - below.length;
  let most = MOST_USERS;
  while (most > 0 && usersOf(most).length > room) most -= 1;
  return [...above, ...usersOf(most), ...below];
}

function roomIn({ columns }: BannerStyle): number {
  return Math.max(1, columns - INDENT.length);
}

function figureLines(snapshot: Snapshot, style: BannerStyle): string[] {
  const rows: [string, string[]][] = [
    ['sessions', sessionRow(snapshot)],
    ['traffic', trafficRow(snapshot)],
    ['Telegram', dataCenterRow(snapshot)],
    ['strangers', strangerRow(snapshot)],
    ['memory', memoryRow(snapshot)],
    ['CPU', cpuRow(snapshot)],
    ['descriptors', [`${countText(snapshot.vitals.descriptors)} of ${countText(snapshot.limits.descriptors)}`]],
    ...(snapshot.workers.length === 0 ? [] : [['workers', workerRow(snapshot)] satisfies [string, string[]]]),
  ];
  return [
    ...joined(titleOf(snapshot), style.columns).map((line) => paint(line, BOLD, style)),
    '',
    ...rows.flatMap(([label, parts]) => labelled(label, joined(parts, roomIn(style)))),
  ];
}

/** What `petrel status --watch` shows while there is nobody to ask. */
export function waitingLines(reason: string, style: BannerStyle): string[] {
  return wrap(`waiting for the proxy: ${reason}`, style.columns).map((line) => paint(line, BOLD, style));
}

/** How a proxy that stops is told everywhere. */
export function drainText({ ledger: { open } }: Snapshot): string {
  return `draining: ${countText(open)} ${open === 1 ? 'session' : 'sessions'} left, no more are accepted`;
}

function titleOf(snapshot: Snapshot): string[] {
  const { version, addresses, startedAtMs, atMs } = snapshot;
  return [
    `petrel ${version}`,
    `${stateOf(snapshot)} ${addresses.join(' ')}`,
    `up ${durationText((atMs - startedAtMs) / 1_000)}`,
  ];
}

function stateOf(snapshot: Snapshot): string {
  if (snapshot.isDraining) return `${drainText(snapshot)}:`;
  return snapshot.pause === null ? 'serving' : `not accepting (${pauseText(snapshot.pause).reason}):`;
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

function dataCenterRow({ ledger, ready, failing, surroundings: { dataCenters } }: Snapshot): string[] {
  const rows = Object.entries(ledger.dataCenters).map(([dc, { dials, ...counters }]) => {
    const { sessions, sessionFailures, sessionsUnanswered } = counters;
    const time = dials.count === 0 ? 'never reached' : `${Math.round(dials.sum / dials.count)} ms`;
    const failed = sessionFailures === 0 ? '' : `, ${countText(sessionFailures)} sessions failed`;
    const unanswered = sessionsUnanswered === 0 ? '' : `, ${countText(sessionsUnanswered)} unanswered`;
    const dead = (failing[Math.abs(Number(dc))] ?? [])
      .map(({ address, fault }) => `, ${address} fails (${fault})`)
      .join('');
    const isUsed = sessions + sessionFailures + sessionsUnanswered > 0 || dead !== '';
    return isUsed ? `DC ${dc} ${time}, ${ready[dc] ?? 0} ready${failed}${unanswered}${dead}` : null;
  });
  return [...answeringText(dataCenters), ...rows.filter((row) => row !== null)];
}

/** How many of those that are asked answer; nothing before the first look is over. */
function answeringText(dataCenters: Snapshot['surroundings']['dataCenters']): string[] {
  const known = Object.entries(dataCenters);
  const failing = known.flatMap(([dc, trouble]) => (trouble === null ? [] : [dc]));
  if (known.length === 0) return [];
  const others = failing.length === 0 ? '' : `, not ${failing.join(', ')}`;
  return [`${known.length - failing.length} of ${known.length} DCs answer${others}`];
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

/** Warning signs as status and doctor show them. */
export function warningLines(warnings: readonly WarningSign[], style: BannerStyle): string[] {
  if (warnings.length === 0) return [paint('no warning signs', GREEN, style)];
  return warnings.flatMap(({ sign, message, advice }) => [
    ...wrap(`warning sign ${sign}: ${message}`, style.columns).map((line) => paint(line, RED, style)),
    ...wrap(`-> ${advice}`, style.columns - 2).map((line) => `  ${line}`),
  ]);
}

/** Parts as lines, as many a line as there is room for; a part that is longer than a line breaks at spaces. */
function joined(parts: readonly string[], room: number): string[] {
  const lines: string[] = [];
  for (const part of parts.flatMap((text) => wrap(text, room))) {
    const longer = `${lines.at(-1)}${GAP}${part}`;
    if (lines.length > 0 && longer.length <= room) lines[lines.length - 1] = longer;
    else lines.push(part);
  }
  return lines;
}

function labelled(label: string, lines: readonly string[]): string[] {
  const [first = '', ...others] = lines;
  return [`  ${label.padEnd(LABEL_COLUMNS)}${first}`.trimEnd(), ...others.map((line) => INDENT + line)];
}

function paint(text: string, colour: string, { hasColour }: BannerStyle): string {
  return hasColour ? colour + text + PLAIN : text;
}
