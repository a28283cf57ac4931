import { resolve } from 'node:path';
import { type Asked, askRunning } from '../admin/control-client.ts';
import type { Flags } from '../config/flags-layer.ts';
import type { KeptOfUsers } from '../daemon/stored-users.ts';
import { PetrelError } from '../kit/errors.ts';
import { ownInterfaces } from '../net/own-interfaces.ts';
import { type BannerStyle, qrLines, userLines, wrap } from './banner.ts';
import { EXIT_OK } from './command.ts';
import { type LinkedUser, linkedUsers } from './linked-users.ts';
import { type PublicHost, publicHost } from './public-host.ts';
import { qrModules, qrSvg } from './qr.ts';
import { drainText } from './status-view.ts';
import type { Terminal } from './terminal.ts';
import { type UserLinks, userLinks } from './user-links.ts';
import { refusalText, told, type Whereabouts, whereabouts } from './whereabouts.ts';

export interface LinkOptions {
  readonly user: string | undefined;
  readonly svgFile: string | undefined;
  /** Draw the QR code even when the output is no terminal. */
  readonly drawQr: boolean;
  readonly flags: Flags;
}

/**
 * Prints the links of one user or of all. Works without the running proxy and without the network; where the configuration would be
 * refused the running proxy is asked.
 *
 * @param keptIn what is kept of users in the data folder rather than in the configuration
 */
export async function link(
  options: LinkOptions,
  terminal: Terminal,
  keptIn: (place: { readonly dataDir: string }) => KeptOfUsers,
): Promise<number> {
  const place = told(whereabouts(options.flags, terminal), terminal);
  const asked = await askRunning(place.dataDir);
  const { publicHost: named, target, users } = await linkedUsers(place, asked, readKept(place, keptIn, terminal));
  for (const note of notesOn(place, asked)) terminal.err(`petrel: ${note}\n`);
  const host = publicHost(named, ownInterfaces());
  const links = chosenUsers(users, options.user).map((user) => ({
    ...userLinks(user, { ...target, host: host.host }),
    standing: user.standing,
  }));
  const [only, ...others] = links;
  const single = others.length === 0 ? only : undefined;
  if (options.svgFile !== undefined) await writeSvg(single, resolve(terminal.cwd, options.svgFile));
  terminal.out(await page(links, host, terminal, options.drawQr || terminal.isTerminal ? single : undefined));
  return EXIT_OK;
}

/** Users of the configuration have links also where the data folder is not ours to read. */
function readKept(place: Whereabouts, keptIn: (place: Whereabouts) => KeptOfUsers, terminal: Terminal): KeptOfUsers {
  try {
    return keptIn(place);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    terminal.err(
      `petrel: what is kept of users in ${place.dataDir} cannot be read: ${reason} (run this as the user that Petrel runs as, or as root)\n`,
    );
    return { users: [], usage: [] };
  }
}

function notesOn(place: Whereabouts, asked: Asked): string[] {
  const refusal = refusalText(place);
  const drains = asked.kind === 'running' && asked.snapshot.isDraining;
  return [
    ...(refusal === '' ? [] : [`these are the links of the proxy that runs; ${refusal}`]),
    ...(drains ? [`the proxy is ${drainText(asked.snapshot)}`] : []),
  ];
}

function chosenUsers(users: readonly LinkedUser[], asked: string | undefined): readonly LinkedUser[] {
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
    throw new PetrelError('CANNOT_WRITE', `cannot write ${file}: ${whyNotWritten(cause)}`, { cause });
  }
}

const WRITE_FAILURES: Readonly<Record<string, string>> = {
  EISDIR: 'it is a folder',
  ENOENT: 'there is no such folder',
  ENOTDIR: 'a part of its path is no folder',
  EACCES: 'not permitted',
  EROFS: 'its disk is read-only',
  ENOSPC: 'the disk is full',
};

function whyNotWritten(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return WRITE_FAILURES[code] ?? String(cause);
}
