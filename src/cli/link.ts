import { resolve } from 'node:path';
import type { Flags } from '../config/flags-layer.ts';
import type { Config } from '../config/schema.ts';
import { PetrelError } from '../kit/errors.ts';
import { ownInterfaces } from '../net/own-interfaces.ts';
import { type BannerStyle, qrLines, userLines, wrap } from './banner.ts';
import { EXIT_OK } from './command.ts';
import { type PublicHost, publicHost } from './public-host.ts';
import { qrModules, qrSvg } from './qr.ts';
import { readConfig } from './read-config.ts';
import type { Terminal } from './terminal.ts';
import { type LinkTarget, type NamedKey, type UserLinks, userLinks } from './user-links.ts';

export interface LinkOptions {
  readonly user: string | undefined;
  readonly svgFile: string | undefined;
  /** Draw the QR code even when the output is no terminal. */
  readonly drawQr: boolean;
  readonly flags: Flags;
}

/**
 * Prints the links of one user or of all. Works without the running proxy and without the network.
 *
 * @param managedUsers users that are kept in the data folder rather than in the configuration
 */
export async function link(
  options: LinkOptions,
  terminal: Terminal,
  managedUsers: (config: Config) => readonly NamedKey[],
): Promise<number> {
  const config = readConfig(options.flags, terminal);
  const host = publicHost(config.publicHost, ownInterfaces());
  const configured = new Set(config.users.map(({ name }) => name));
  const managed = managedUsers(config).filter(({ name }) => !configured.has(name));
  const users = chosenUsers([...config.users, ...managed], options.user);
  const links = users.map((user) => userLinks(user, linkTarget(config, host.host)));
  const [only, ...others] = links;
  const single = others.length === 0 ? only : undefined;
  if (options.svgFile !== undefined) await writeSvg(single, resolve(terminal.cwd, options.svgFile));
  terminal.out(await page(links, host, terminal, options.drawQr || terminal.isTerminal ? single : undefined));
  return EXIT_OK;
}

/** Where links lead, by the configuration. @param port the bound port, where the configured one is 0; 0 where there is only a Unix socket */
export function linkTarget(config: Config, host: string, port = config.port): LinkTarget {
  const [domain = ''] = config.tls.domains;
  return { host, port: config.publicPort || port || config.port, domain, modes: config.modes };
}

function chosenUsers(users: readonly NamedKey[], asked: string | undefined): readonly NamedKey[] {
  const chosen = asked === undefined ? users : users.filter(({ name }) => name === asked);
  if (chosen.length > 0) return chosen;
  if (users.length === 0) {
    throw new PetrelError('NO_USERS', 'there are no users yet: the first `petrel run` makes one');
  }
  const names = users.map(({ name }) => name).join(', ');
  throw new PetrelError('NO_SUCH_USER', `there is no user ${JSON.stringify(asked)}; the users are: ${names}`);
}

async function page(
  users: readonly UserLinks[],
  { note }: PublicHost,
  style: BannerStyle,
  drawn: UserLinks | undefined,
): Promise<string> {
  const blocks = users.flatMap((user) => [...userLines(user, style, 'with-secrets'), '']);
  const [preferred] = drawn?.links ?? [];
  const qr = drawn && preferred ? { user: drawn.name, modules: await qrModules(preferred.tg) } : null;
  const notes = note === null ? [] : ['', ...wrap(`Note: ${note}.`, style.columns)];
  return `${[...blocks.slice(0, -1), ...qrLines(qr, style), ...notes].join('\n')}\n`;
}

async function writeSvg(user: UserLinks | undefined, file: string): Promise<void> {
  const [preferred] = user?.links ?? [];
  if (preferred === undefined) throw new PetrelError('ONE_USER', '--svg draws one user: name one, petrel link USER');
  const picture = await qrSvg(preferred.tg);
  try {
    await Bun.write(file, picture, { createPath: false });
  } catch (cause) {
    throw new PetrelError('CANNOT_WRITE', `cannot write ${file}: ${String(cause)}`, { cause });
  }
}
