import type { Config } from '../config/schema.ts';
import { Fronts, type ProfileStore } from '../front/fronts.ts';
import { MARK_KEY_BYTES, OwnMarks } from '../front/own-marks.ts';
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
import type { SessionNews } from '../proxy/session-news.ts';
import { SessionTable } from '../proxy/session-table.ts';
import { DataCenters } from '../telegram/data-centers.ts';
import { Dialer } from '../telegram/dialer.ts';
import type { Capacity } from './capacity.ts';
import { leadsBack } from './own-address.ts';
import { policyOf } from './policy.ts';
import { roomAhead } from './room-ahead.ts';
import { siteAddress } from './site-address.ts';

export interface PlaneParts {
  readonly config: Config;
  /** What this process may hold. */
  readonly capacity: Capacity;
  readonly log: Log;
  readonly roster: Roster;
  readonly gate: Gate;
  readonly profiles: ProfileStore;
  /** With it all processes of this proxy know what they have said to fronted sites; absent: there is only one. */
  readonly markKey?: Uint8Array;
  /** Hears what sessions find out about Telegram and the fronted sites. */
  readonly news: SessionNews;
  /** A fronted site that is asked has got into trouble, or is out of it. */
  readonly onSiteChange?: () => void;
  /** Where it accepts, with the ports it was given. */
  readonly addresses: () => readonly Endpoint[];
}

/** Joins the parts of one process's data plane. */
export function assemblePlane({ markKey, ...parts }: PlaneParts): Plane {
  const { config, capacity, log, roster, gate, profiles, news, onSiteChange, addresses } = parts;
  const { telegram, limits, workers } = config;
  const ledger = new Ledger();
  const sessions = new SessionTable(ledger);
  const governor = new Governor(capacity);
  const refusals = new Refusals(log);
  const poolSize = Math.ceil(telegram.poolSize / workers);
  const marks = new OwnMarks(markKey ?? systemRandom(MARK_KEY_BYTES), systemRandom);
  const siteOf = (domain: string) => siteAddress(plane.policy.mask, domain);
  const room = { capacity, sessions: () => sessions.size, centres: () => plane.dialer.centresInUse };
  const plane: Plane = {
    policy: policyOf(config, config, capacity),
    roster,
    sessions,
    room: new LocalRoom(sessions),
    ledger,
    gate,
    governor,
    log,
    complaints: new Complaints(log, news),
    mask: new Mask({
      ledger,
      governor,
      log,
      marks,
      random: systemRandom,
      siteOf,
      sessions: () => sessions.size,
      news,
      leadsBack: (target) => leadsBack(target, addresses()),
    }),
    refusals,
    otherDomains: new OtherDomains(roster, (serverName, user) => refusals.otherDomain(serverName, user)),
    authenticator: new Authenticator({ roster, clientIps: limits.clientIps }),
    fronts: new Fronts({
      store: profiles,
      log,
      random: systemRandom,
      marks,
      siteOf,
      onLearned: (domain) => plane.mask.prepare(domain, plane.policy),
      ...(onSiteChange && { onChange: onSiteChange }),
    }),
    dialer: new Dialer({
      dataCenters: new DataCenters({ preferIpv6: telegram.preferIpv6, overrides: telegram.dcOverrides }),
      timeoutMs: telegram.connectTimeoutMs,
      poolLimit: () => Math.min(governor.poolLimit(poolSize), roomAhead(room)),
      upstream: telegram.upstream,
      buffers: () => dialBuffers(plane.policy.limits, governor.level, sessions.size),
      onDialed: (dc, elapsedMs) => {
        if (elapsedMs === null) ledger.dataCenter(dc).dialFailures += 1;
        else ledger.dataCenter(dc).dials.add(elapsedMs);
      },
      onAddress: (dc, failing, isFailing) => plane.complaints.dcAddress(dc, failing, isFailing),
    }),
  };
  return plane;
}
