import { drawQr } from './qr.ts';
import type { UserLinks } from './user-links.ts';

/** What the first start has to say. */
export interface Banner {
  /** Where clients connect, as texts. */
  readonly addresses: readonly string[];
  readonly users: readonly UserLinks[];
  /** Modules of a QR code, with the name of its user; null for none. */
  readonly qr: { readonly user: string; readonly modules: readonly (readonly boolean[])[] } | null;
  readonly notes: readonly string[];
}

export interface BannerStyle {
  readonly columns: number;
  readonly hasColour: boolean;
}

const KIND_NAMES = { ee: 'fake TLS (ee)', dd: 'secure (dd)', plain: 'classic' } as const;
const INDENT = '  ';
const BOLD = '\x1b[1m';
const PLAIN = '\x1b[0m';

/** Renders the banner; every line ends with a line feed. */
export function renderBanner(banner: Banner, style: BannerStyle): string {
  const lines = [
    `${bold('Listening on', style)} ${banner.addresses.join(', ')}`,
    ...banner.users.flatMap((user) => ['', ...userLines(user, style)]),
    ...qrLines(banner.qr, style),
    ...banner.notes.flatMap((note) => ['', ...wrap(`Note: ${note}.`, style.columns)]),
  ];
  return `${lines.join('\n')}\n`;
}

/** A user's links and, when asked, secrets; neither is ever wrapped, so that they can be copied whole. */
export function userLines(
  { name, links, standing = null }: UserLinks,
  style: BannerStyle,
  secrets?: 'with-secrets',
): string[] {
  const lines = links.flatMap(({ kind, tg, web, hex, base64Url }) => [
    `${INDENT}${KIND_NAMES[kind]}`,
    `${INDENT}${INDENT}${tg}`,
    `${INDENT}${INDENT}${web}`,
    ...(secrets === undefined ? [] : [`${INDENT}${INDENT}secret ${hex}`, `${INDENT}${INDENT}or     ${base64Url}`]),
  ]);
  const notes = standing === null ? [] : wrap(`Note: ${standing}.`, style.columns - INDENT.length);
  return [bold(`Links of ${name}`, style), ...notes.map((line) => INDENT + line), ...lines];
}

/** The QR code, or how to get it where the terminal is too narrow. */
export function qrLines(qr: Banner['qr'], { columns, hasColour }: BannerStyle): string[] {
  if (qr === null) return [];
  if (qr.modules.length <= columns) return ['', ...drawQr(qr.modules, hasColour)];
  const width = `The QR code needs ${qr.modules.length} columns; this terminal has ${columns}.`;
  return ['', ...wrap(`${width} petrel link ${qr.user} --svg FILE writes it as a picture.`, columns)];
}

/** Breaks a text at spaces; a longer word keeps its line to itself. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

function bold(text: string, { hasColour }: BannerStyle): string {
  return hasColour ? BOLD + text + PLAIN : text;
}
