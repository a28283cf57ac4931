import type { DomainReport } from '../front/domain-check.ts';
import { type SiteProfile, X25519_MLKEM768 } from '../front/profile.ts';
import type { BannerStyle } from './banner.ts';
import { findingLines } from './finding-lines.ts';

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
