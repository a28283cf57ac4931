import type { Config } from '../config/schema.ts';
import { Fronts, type ProfileStore } from '../front/fronts.ts';
import type { Log } from '../kit/log.ts';
import { systemRandom } from '../kit/random.ts';
import type { Endpoint } from '../net/endpoint.ts';
import { Authenticator } from '../proxy/authenticator.ts';
import { dialBuffers } from '../proxy/buffer-sizes.ts';
import { Complaints } from '../proxy/complaints.ts';
import type { Gate } from '../proxy/gate.ts';
import { Governor } from '../proxy/governor.ts';
import { Ledger } from '../proxy/ledger.ts';
import { LocalRoom } from '../proxy/local-room.ts';
import { Mask } from '../proxy/mask.ts';
import { OtherDomains } from '../proxy/other-domains.ts';
import type { Plane } from '../proxy/plane.ts';
import { Refusals } from '../proxy/refusals.ts';
import type { Roster } from '../proxy/roster.ts';
import { SessionTable } from '../proxy/session-table.ts';
import { DataCenters } from '../telegram/data-centers.ts';
import { Dialer } from '../telegram/dialer.ts';
import type { Capacity } from './capacity.ts';
import { leadsBack } from './own-address.ts';
import { policyOf } from './policy.ts';
import { siteAddress } from './site-address.ts';

export interface PlaneParts {
  readonly config: Config;
  /** What this process may hold. */
  readonly capacity: Capacity;
  readonly log: Log;
  readonly roster: Roster;
  readonly gate: Gate;
  readonly profiles: ProfileStore;
  /** Where it accepts, with the ports it was given. */
  readonly addresses: () => readonly Endpoint[];
}

/** Joins the parts of one process's data plane. */
export function assemblePlane({ config, capacity, log, roster, gate, profiles, addresses }: PlaneParts): Plane {
  const { telegram, limits, workers } = config;
  const ledger = new Ledger();
  const sessions = new SessionTable(ledger);
  const governor = new Governor(capacity);
  const refusals = new Refusals(log);
  const poolSize = Math.ceil(telegram.poolSize / workers);
  const plane: Plane = {
    policy: policyOf(config, config, capacity),
    roster,
    sessions,
    room: new LocalRoom(sessions),
    ledger,
    gate,
    governor,
    log,
    complaints: new Complaints(log),
    refusals,
    otherDomains: new OtherDomains(roster, (serverName, user) => refusals.otherDomain(serverName, user)),
    mask: new Mask({ ledger, log, leadsBack: (target) => leadsBack(target, addresses()) }),
    authenticator: new Authenticator({ roster, clientIps: limits.clientIps }),
    fronts: new Fronts({
      store: profiles,
      log,
      random: systemRandom,
      siteOf: (domain) => siteAddress(plane.policy.mask, domain),
    }),
    dialer: new Dialer({
      dataCenters: new DataCenters({ preferIpv6: telegram.preferIpv6, overrides: telegram.dcOverrides }),
      timeoutMs: telegram.connectTimeoutMs,
      poolLimit: () => governor.poolLimit(poolSize),
      upstream: telegram.upstream,
      buffers: () => dialBuffers(plane.policy.limits, governor.level, sessions.size),
      onDialed: (dc, elapsedMs) => {
        if (elapsedMs === null) ledger.dataCenter(dc).dialFailures += 1;
        else ledger.dataCenter(dc).dials.add(elapsedMs);
      },
    }),
  };
  return plane;
}
