import type { Flags } from '../config/flags-layer.ts';
import { examine } from '../doctor/examine.ts';
import { SystemFiles } from '../doctor/machine/system-files.ts';
import { systemRandom } from '../kit/random.ts';
import { ownInterfaces } from '../net/own-interfaces.ts';
import { EXIT_FAILURE, EXIT_OK, UsageError } from './command.ts';
import { examineDomain } from './doctor-domain.ts';
import { renderReport } from './doctor-report.ts';
import { renderDomainReport } from './domain-report.ts';
import { publicHost } from './public-host.ts';
import { readConfig } from './read-config.ts';
import type { Terminal } from './terminal.ts';

export interface DoctorOptions {
  /** The one domain to examine; undefined: everything that Petrel needs. */
  readonly domain: string | undefined;
  /** Where its site is, as HOST:PORT; by default where the configuration says. */
  readonly site: string | undefined;
  readonly json: boolean;
  readonly flags: Flags;
}

/** What tests bring instead of the real ones. */
export interface Surroundings {
  /** Addresses of a name; rejects when there are none. */
  readonly resolve: (name: string) => Promise<string[]>;
  /** What the kernel tells of the machine. */
  readonly files: SystemFiles;
  readonly now: () => number;
}

const REAL: Surroundings = { resolve: resolveName, files: new SystemFiles(), now: Date.now };

/** Checks and explains. @returns 0 when nothing failed, warnings included */
export async function doctor(
  { domain, site, json, flags }: DoctorOptions,
  terminal: Terminal,
  brought: Partial<Surroundings> = {},
): Promise<number> {
  if (domain === undefined && site !== undefined)
    throw new UsageError('doctor: --site says where the site of --domain is: give both');
  const config = readConfig(flags, terminal);
  const { resolve, files, now } = { ...REAL, ...brought };
  const around = { config, resolve, ownAddresses: ownAddresses() };
  if (domain !== undefined) {
    const report = await examineDomain({ domain, site }, config, { ...around, now: now() });
    terminal.out(json ? jsonText(report) : renderDomainReport(report, terminal));
    return report.canBeFronted ? EXIT_OK : EXIT_FAILURE;
  }
  const host = publicHost(config.publicHost, ownInterfaces());
  const report = await examine({ ...around, files, now, publicHost: host, random: systemRandom });
  terminal.out(json ? jsonText(report) : renderReport(report, terminal));
  return report.failed === 0 ? EXIT_OK : EXIT_FAILURE;
}

function jsonText(report: object): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}

async function resolveName(name: string): Promise<string[]> {
  return (await Bun.dns.lookup(name)).map(({ address }) => address);
}

/** Without link-local ones: no DNS name points there. */
function ownAddresses(): string[] {
  const found = Object.values(ownInterfaces()).flatMap((list = []) => list.filter(({ internal }) => !internal));
  return found.map(({ address }) => address).filter((address) => !/^fe80:/i.test(address));
}
