import { type Asked, askRunning } from '../../admin/control-client.ts';
import type { Config } from '../../config/schema.ts';
import type { Random } from '../../kit/bytes.ts';
import { type Finding, ok } from '../../kit/finding.ts';
import type { Endpoint } from '../../net/endpoint.ts';
import { tryAsClient } from './as-client.ts';
import { dataFolderFinding } from './data-folder.ts';
import { outsideFinding, type PublicHost, publicHostFinding } from './outside.ts';
import { examinePort } from './port.ts';
import { reach } from './reach.ts';
import { refusalBetween } from './refused.ts';
import { type Candidate, candidateFrom } from './room.ts';
import { runningFindings } from './running.ts';
import { readUsers, usersFinding } from './users.ts';
import { prefaceFor, secretOf, wayInFinding } from './way-in.ts';

/** To the public address and back, where that way exists. */
const CONNECT_LIMIT_MS = 4_000;

export interface ProxyParts {
  readonly config: Config;
  readonly asked: Asked;
  readonly publicHost: PublicHost;
  readonly random: Random;
  readonly now: () => number;
}

/** Petrel itself: what it is told, what it keeps, whether it runs and lets clients in. */
export async function proxyFindings(parts: ProxyParts): Promise<Finding[]> {
  const { config, asked, publicHost, now } = parts;
  const running = asked.kind === 'running' ? asked.snapshot : null;
  const users = readUsers(config);
  const { finding: port, open } = await examinePort(config, running);
  return [
    ok('configuration', config.file ?? 'no file: defaults and the environment'),
    usersFinding(users, now()),
    dataFolderFinding(config.dataDir),
    ...runningFindings(asked),
    port,
    publicHostFinding(publicHost),
    ...(open === null ? [] : await wayIn(open, candidateFrom(users.users, running, now()), parts)),
  ];
}

/** Goes in as a client, here and by the address that links name. */
async function wayIn(open: Endpoint, candidate: Candidate, parts: ProxyParts): Promise<Finding[]> {
  const { config, publicHost } = parts;
  if ('unix' in open) return []; // a balancer stands before it, with an address of its own
  const outside = { host: publicHost.host, port: config.publicPort || open.port };
  const reaching = reach(outside, CONNECT_LIMIT_MS);
  const preface = prefaceFor(open.host, config);
  if (preface === 'distrusted' || 'finding' in candidate) {
    const untried = outsideFinding(publicHost, outside.port, { refusal: await reaching, trial: null });
    return 'finding' in candidate ? [candidate.finding, untried] : [untried];
  }
  const { user } = candidate;
  const secret = secretOf(user, config);
  const inside = await tryAsClient({ ...open, ...parts, secret, preface });
  const refusal = inside.kind === 'refused' ? await whyRefused(user.name, parts) : null;
  const unreachable = await reaching;
  const isWorthTrying = unreachable === null && inside.kind === 'answered';
  const trial = isWorthTrying ? await tryAsClient({ ...outside, ...parts, secret, preface: null }) : null;
  return [
    wayInFinding(inside, user.name, secret.kind, refusal),
    outsideFinding(publicHost, outside.port, { refusal: unreachable, trial }),
  ];
}

/** Asks the running proxy what it counted since it was asked first. */
async function whyRefused(user: string, { asked, config }: ProxyParts) {
  if (asked.kind !== 'running') return null;
  const now = await askRunning(config.dataDir);
  return now.kind === 'running' ? refusalBetween(asked.snapshot, now.snapshot, user) : null;
}
