import type { DomainReport, Finding, Verdict } from '../front/domain-check.ts';
import { type SiteProfile, X25519_MLKEM768 } from '../front/profile.ts';
import { type BannerStyle, wrap } from './banner.ts';

const MARKS: Record<Verdict, string> = { ok: 'ok     ', warning: 'warning', failed: 'FAILED ' };
const COLOURS: Record<Verdict, string> = { ok: '\x1b[32m', warning: '\x1b[33m', failed: '\x1b[31m' };
const PLAIN = '\x1b[0m';
const NAMES: Record<Finding['check'], string> = {
  name: 'name',
  dns: 'DNS',
  tls: 'TLS 1.3',
  group: 'key exchange',
  flight: 'flight',
  certificate: 'certificate',
};
const NAME_COLUMNS = 14;
const INDENT = ' '.repeat(MARKS.ok.length + 2 + NAME_COLUMNS);
const CIPHERS: Record<number, string> = {
  4865: 'TLS_AES_128_GCM_SHA256',
  4866: 'TLS_AES_256_GCM_SHA384',
  4867: 'TLS_CHACHA20_POLY1305_SHA256',
};

/** Renders a report on a domain; every line ends with a line feed. */
export function renderDomainReport(report: DomainReport, style: BannerStyle): string {
  const lines = [
    `Can ${report.domain} be fronted?`,
    '',
    ...report.findings.flatMap((finding) => findingLines(finding, style)),
    ...(report.profile === null ? [] : ['', 'How its site answers, and so Petrel:', ...profileLines(report.profile)]),
    '',
    report.canBeFronted ? `${report.domain} can be fronted.` : `${report.domain} cannot be fronted as it is.`,
  ];
  return `${lines.join('\n')}\n`;
}

function findingLines({ check, verdict, seen, advice }: Finding, { columns, hasColour }: BannerStyle): string[] {
  const mark = hasColour ? COLOURS[verdict] + MARKS[verdict] + PLAIN : MARKS[verdict];
  const text = [
    ...wrap(seen, columns - INDENT.length),
    ...(advice === null ? [] : wrap(`-> ${advice}`, columns - INDENT.length)),
  ];
  const [first = '', ...others] = text;
  return [`${mark}  ${NAMES[check].padEnd(NAME_COLUMNS)}${first}`, ...others.map((line) => INDENT + line)];
}

function profileLines(profile: SiteProfile): string[] {
  const { cipherRule, encryptedTotals, alpnExtra } = profile;
  const order =
    cipherRule.by === 'client'
      ? "the client's first"
      : cipherRule.order.map((suite) => CIPHERS[suite] ?? suite).join(', ');
  return [
    `  cipher           ${order}`,
    `  group            ${profile.bothShares === X25519_MLKEM768 ? 'X25519MLKEM768, else X25519' : 'X25519'}`,
    `  extension order  ${profile.extensionOrder === 'share-first' ? 'key_share, supported_versions' : 'supported_versions, key_share'}`,
    `  encrypted part   ${[...new Set(encryptedTotals)].sort((a, b) => a - b).join(' or ')} bytes; records of ${profile.records.join(', ')}`,
    `  other ALPN       http/1.1 ${signed(alpnExtra['http/1.1'])}, none ${signed(alpnExtra.none)} bytes`,
  ];
}

function signed(bytes: number): string {
  return bytes > 0 ? `+${bytes}` : `${bytes}`;
}
