import { askRunning } from '../admin/control-client.ts';
import type { Config } from '../config/schema.ts';
import { addressesOf } from '../front/domain-check.ts';
import type { Random } from '../kit/bytes.ts';
import { bounded } from './bounded.ts';
import { configurationFindings } from './configuration.ts';
import { NETWORK_SETTINGS, settingFindings } from './machine/kernel-settings.ts';
import { machineFindings } from './machine/machine.ts';
import type { SystemFiles } from './machine/system-files.ts';
import { proxyFindings } from './proxy/proxy.ts';
import { visibleProcess } from './proxy/visible-process.ts';
import { type Group, type Report, reportOf } from './report.ts';
import { siteGroups } from './site.ts';
import { telegramFindings } from './telegram/telegram.ts';

export interface ExamineParts {
  readonly config: Config;
  readonly files: SystemFiles;
  /** Addresses of a name; rejects when there are none. */
  readonly resolve: (name: string) => Promise<string[]>;
  /** Addresses of this machine's interfaces. */
  readonly ownAddresses: readonly string[];
  /** The host in links, and what the operator must know about that choice. */
  readonly publicHost: { readonly host: string; readonly note: string | null };
  readonly random: Random;
  readonly now: () => number;
}

/** Connecting and asking names is given up by then. */
const NETWORK_LIMIT_MS = 8_000;
/** What waits for the public host's name has its own trials to make after it. */
const NAME_LIMIT_MS = 4_000;
/** How long the data centres may answer before anything else is looked at. */
const HEAD_START_MS = 500;
/** What is not over by then is told as such. */
const LIMIT_MS = 14_000;

/** Looks at everything that Petrel needs, side by side; each check fails on its own. */
export async function examine(parts: ExamineParts): Promise<Report> {
  const { config, files, publicHost, ownAddresses } = parts;
  const signal = AbortSignal.timeout(NETWORK_LIMIT_MS);
  const asking = askRunning(config.dataDir);

  const machine = async (): Promise<Group[]> => {
    const pid = visibleProcess(await asking, files);
    const { maxConnections } = config.limits;
    return [
      { title: 'Machine', findings: machineFindings({ files, pid, maxConnections }) },
      { title: 'Network', findings: settingFindings(NETWORK_SETTINGS, files) },
    ];
  };
  const telegram = async (): Promise<Group[]> => [
    { title: 'Telegram', findings: await telegramFindings(config, { ...parts, signal }) },
  ];
  const site = () => siteGroups(config, { ...parts, publicHost: config.publicHost, signal, now: parts.now() });
  const proxy = async (): Promise<Group[]> => {
    const resolving = addressesOf(publicHost.host, { ...parts, signal: AbortSignal.timeout(NAME_LIMIT_MS) });
    const [asked, addresses] = await Promise.all([asking, resolving]);
    const host = { ...publicHost, addresses, ownAddresses };
    return [{ title: 'Petrel', findings: await proxyFindings({ ...parts, asked, publicHost: host }) }];
  };

  const askingTelegram = bounded('Telegram', LIMIT_MS, telegram);
  // The other checks keep the processor busy: latencies are to be the network's.
  await Promise.race([askingTelegram, Bun.sleep(HEAD_START_MS)]);
  const groups = await Promise.all([
    bounded('Machine', LIMIT_MS, machine),
    askingTelegram,
    bounded('Fronted site', LIMIT_MS, site),
    bounded('Petrel', LIMIT_MS, proxy),
  ]);
  const configuration = { title: 'Configuration', findings: configurationFindings(config) };
  return reportOf([configuration, ...groups.flat()]);
}
