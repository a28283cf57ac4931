import type { Flags } from '../config/flags-layer.ts';
import { lossProblems } from '../config/losses.ts';
import { ConfigError } from '../config/problem.ts';
import type { Config } from '../config/schema.ts';
import { linkTargetOf } from '../daemon/link-source.ts';
import { listenFailure } from '../daemon/listen-failure.ts';
import type { RunningProxy } from '../daemon/running-proxy.ts';
import { PetrelError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import { forbidCoreDumps } from '../net/no-core-dumps.ts';
import { ownInterfaces } from '../net/own-interfaces.ts';
import { afterStart } from './after-start.ts';
import { renderBanner } from './banner.ts';
import { EXIT_FAILURE, EXIT_OK } from './command.ts';
import { logNotices } from './config-notices.ts';
import { openLog } from './open-log.ts';
import { publicHost } from './public-host.ts';
import { qrModules } from './qr.ts';
import { readConfig } from './read-config.ts';
import { ServiceNotices } from './service-notices.ts';
import { surviveFaults } from './survive-faults.ts';
import { processTerminal, type Terminal } from './terminal.ts';
import { userLinks } from './user-links.ts';

/**
 * How long sessions that move bytes may go on after SIGTERM. Service managers and container engines start the next process only when
 * this one has ended: so long nobody is let in.
 */
const DRAIN_LIMIT_MS = 1_000;
const RELOAD_REFUSED = 'configuration not reloaded, nothing changed';

/** Runs the proxy until SIGTERM or SIGINT. @throws ConfigError (exit 2) before anything is started */
export async function run(flags: Flags, terminal: Terminal = processTerminal()): Promise<number> {
  const read = () => readConfig(flags, terminal);
  const config = read();
  const log = openLog(config.log);
  surviveFaults(log);
  forbidCoreDumps();
  logNotices(config, log);
  const proxy = await start(config, log);
  if (proxy === null) return EXIT_FAILURE;
  const notices = new ServiceNotices(terminal.env['NOTIFY_SOCKET'], log);
  const stopped = untilStopped(() => {
    notices.reloading();
    notices.ready(reload(proxy, read, log) ? servingLine(proxy) : `${servingLine(proxy)}; ${RELOAD_REFUSED}`);
  }, log);

  if (proxy.madeUser || terminal.isTerminal) terminal.out(await banner(proxy, terminal));
  log.info('serving', {
    addresses: proxy.addresses.join(' '),
    users: proxy.users.length,
    modes: modesOf(config),
    ...(config.workers > 1 && { workers: config.workers }),
  });
  notices.ready(servingLine(proxy));
  afterStart();
  await stopped;
  notices.stopping('letting sessions finish');
  await proxy.stop(DRAIN_LIMIT_MS);
  log.info('stopped');
  return EXIT_OK;
}

/** One process loads nothing of what several need. */
async function start(config: Config, log: Log): Promise<RunningProxy | null> {
  try {
    if (config.workers === 1) return new (await import('../daemon/daemon.ts')).Daemon(config, log);
    return await (await import('../daemon/workers/supervisor.ts')).Supervisor.start(config, log);
  } catch (error) {
    if (error instanceof PetrelError) log.error('cannot start', { reason: error.message });
    else log.error('cannot listen', { ...listenFailure(error, config) });
    return null;
  }
}

const KEPT_NOTE = 'the user was made now and is kept in the data folder; petrel link shows its links again';
const NOT_KEPT_NOTE =
  'the user was made now and lasts only until the stop, since the data folder cannot be used: its links are void then';

async function banner(proxy: RunningProxy, terminal: Terminal): Promise<string> {
  const { config, port } = proxy;
  const host = publicHost(config.publicHost, ownInterfaces());
  const target = linkTargetOf(config, port);
  const users = proxy.users.map(({ terms }) => userLinks(terms, { ...target, host: host.host }));
  const [first] = users;
  const [preferred] = first?.links ?? [];
  const notes = host.note === null ? [] : [host.note];
  if (proxy.madeUser) notes.push(proxy.keepsUsers ? KEPT_NOTE : NOT_KEPT_NOTE);
  return renderBanner(
    {
      addresses: proxy.addresses,
      users,
      qr:
        first !== undefined && preferred !== undefined
          ? { user: first.name, modules: await qrModules(preferred.tg) }
          : null,
      notes,
    },
    terminal,
  );
}

function modesOf({ modes }: Config): string {
  return Object.entries(modes)
    .flatMap(([mode, isOn]) => (isOn ? [mode] : []))
    .join(' ');
}

/** The proxy in one line, for the service manager's status. */
function servingLine({ addresses, users: { length } }: RunningProxy): string {
  return `serving ${length} ${length === 1 ? 'user' : 'users'} on ${addresses.join(' ')}`;
}

/** A bad file changes nothing: it is told, and the proxy goes on with what it has. @returns whether it was taken */
function reload(proxy: RunningProxy, read: () => Config, log: Log): boolean {
  try {
    const config = read();
    const losses = lossProblems(proxy.config, config, proxy.users.length - proxy.config.users.length);
    if (losses.length > 0) throw new ConfigError(losses);
    logNotices(config, log);
    proxy.reload(config);
    return true;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    log.error(RELOAD_REFUSED, { reason: error.message });
    return false;
  }
}

/** Waits for SIGTERM or SIGINT; a second one ends the process at once. */
function untilStopped(onReload: () => void, log: Log): Promise<void> {
  process.on('SIGHUP', onReload);
  return new Promise((resolve) => {
    const stop = (signal: string) => {
      log.info('stopping: no new sessions, those at rest end now, those that move bytes may finish', {
        signal,
        limitSeconds: DRAIN_LIMIT_MS / 1000,
      });
      for (const again of ['SIGTERM', 'SIGINT']) process.once(again, () => process.exit(EXIT_FAILURE));
      resolve();
    };
    let isStopping = false;
    for (const signal of ['SIGTERM', 'SIGINT']) {
      process.once(signal, () => {
        if (isStopping) return;
        isStopping = true;
        stop(signal);
      });
    }
  });
}
