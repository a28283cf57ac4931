import type { Snapshot } from '../../admin/snapshot.ts';
import type { Config } from '../../config/schema.ts';
import { type Finding, failed, ok, warning } from '../../kit/finding.ts';
import { type Endpoint, endpointText } from '../../net/endpoint.ts';
import { type PortOwner, portOwner } from '../../net/port-owner.ts';
import { bindRefusal } from './bind.ts';
import { fromHere, placesOf } from './places.ts';
import { reach } from './reach.ts';

export interface PortReading {
  readonly finding: Finding;
  /** The first place that accepts, as seen from here; null when none does. */
  readonly open: Endpoint | null;
}

/** On this machine: an answer takes a moment. */
const CONNECT_LIMIT_MS = 1_000;

/** Whether Petrel's port accepts connections; before the start, whether it can be had. */
export async function examinePort(config: Config, running: Snapshot | null): Promise<PortReading> {
  const places = placesOf(config, running);
  if (places.some((place) => 'port' in place && place.port === 0)) return { finding: chosenAtStart, open: null };
  const refusals = await Promise.all(places.map((place) => reach(fromHere(place), CONNECT_LIMIT_MS)));
  const open = places.filter((_place, index) => refusals[index] === null);
  const closed = places.filter((_place, index) => refusals[index] !== null);
  const [first] = open;
  if (first === undefined) return { finding: closedFinding(places, running, config), open: null };
  return { finding: openFinding(open, closed, running), open: fromHere(first) };
}

const chosenAtStart = warning(
  'port',
  'the system chooses one at each start (port = 0)',
  'set port: the links that users have name it',
);

function openFinding(open: readonly Endpoint[], closed: readonly Endpoint[], running: Snapshot | null): Finding {
  const owner = ownerOf(open, running);
  const who = owner === null ? '' : ` by ${owner.name} (process ${owner.pid})`;
  const seen = `${texts(open)}: connections are accepted${who}`;
  if (closed.length === 0) return ok('port', seen);
  return failed(
    'port',
    `${seen}, but not on ${texts(closed)}`,
    'restart Petrel, or take the address that this machine does not have out of listen',
  );
}

/** Who accepts there, for the first place that tells. */
function ownerOf(places: readonly Endpoint[], running: Snapshot | null): PortOwner | null {
  for (const place of places) {
    const owner = 'unix' in place ? null : portOwner(place.port);
    if (owner !== null) return isOf(running, owner.pid) ? { ...owner, name: 'petrel' } : owner;
  }
  return null;
}

function isOf(running: Snapshot | null, process: number): boolean {
  return running !== null && [running, ...running.workers].some(({ pid }) => pid === process);
}

function closedFinding(places: readonly Endpoint[], running: Snapshot | null, config: Config): Finding {
  if (running !== null) {
    return failed(
      'port',
      `Petrel runs (process ${running.pid}) on ${running.addresses.join(' ')}, but nothing accepts on ${texts(places)}`,
      'restart it: port and listen take effect only at a start',
    );
  }
  for (const place of places) {
    const refusal = bindRefusal(place, config);
    if (refusal === null) continue;
    return failed('port', `${endpointText(place)} cannot be had: ${refusal}`, 'Petrel cannot start so');
  }
  return warning(
    'port',
    `nothing listens on ${texts(places)} yet; it can be had`,
    'start Petrel (petrel run) and run this again: the way in is tried then, from here and by its public address',
  );
}

function texts(places: readonly Endpoint[]): string {
  return places.map(endpointText).join(' and ');
}
