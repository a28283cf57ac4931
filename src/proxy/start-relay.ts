import { concat } from '../kit/bytes.ts';
import { systemRandom } from '../kit/random.ts';
import type { Conn } from '../net/conn.ts';
import { keepAlive } from '../net/socket-options.ts';
import { CtrCipher } from '../wire/ctr.ts';
import { buildInitHeader, type InitHeader, type SealedHeader } from '../wire/obfuscated2.ts';
import type { Ledger } from './ledger.ts';
import type { Plane } from './plane.ts';
import { RecordOutlet } from './record-outlet.ts';
import { type Meter, Relay } from './relay.ts';
import { type Session, SWEEP_MS } from './session-table.ts';
import { Recrypt, type Stage, UnwrapRecrypt, VERBATIM } from './stages.ts';
import type { Tunnel } from './tunnel.ts';
import type { User } from './user.ts';
import { WayBuffers } from './way-buffers.ts';

/**
 * Joins a client to its data centre. The DC's init header and what the client has sent so far go out in one write.
 * In fast mode the DC encrypts with the client's key, so that the downlink is not touched (protocol notes, "Fast mode").
 */
export function startRelay(session: Session, user: User, tunnel: Tunnel, far: Conn, plane: Plane): Relay {
  const { policy, ledger } = plane;
  const { init, early, records } = tunnel;
  const fast = policy.fastMode ? { fastKey: init.downlinkKey } : {};
  const header = buildInitHeader({ framing: init.framing, dc: init.dc, random: systemRandom, ...fast });
  const up = new Recrypt(init.uplink, header.uplink);
  const opening = early.length === 0 ? header.wire : concat(header.wire, up.apply(early));
  const meter = new SessionMeter(session, user, ledger);
  if (early.length > 0) meter.countUplink(early.length);

  session.reader?.release();
  session.reader = null;
  session.deadlineMs = 0;
  session.idleSweeps = Math.ceil(policy.limits.idleTimeoutMs / SWEEP_MS);
  if (session.idleSweeps === 0) for (const { fd } of [session.client, far]) keepAlive(fd);
  setBuffers(session, far, plane);
  const relay = new Relay({
    client: session.client,
    far,
    opening,
    uplink: records === null ? up : new UnwrapRecrypt(records, up),
    downlink: downlinkStage(init, header, policy.fastMode),
    ...(records === null ? {} : { clientOutlet: new RecordOutlet(session.client) }),
    uplinkRate: user.uplinkRate,
    downlinkRate: user.downlinkRate,
    meter,
  });
  session.relay = relay;
  return relay;
}

function setBuffers(session: Session, far: Conn, { governor, policy, sessions }: Plane): void {
  const rule = governor.ruleOf(policy.limits);
  session.downlinkBuffers = new WayBuffers(far, session.client, rule.down(sessions.size), governor);
  session.uplinkBuffers = new WayBuffers(session.client, far, rule.up, governor);
}

function downlinkStage(init: InitHeader, header: SealedHeader, isFast: boolean): Stage {
  return isFast ? VERBATIM : new Recrypt(new CtrCipher(header.downlinkKey), new CtrCipher(init.downlinkKey));
}

/** Counts what a session moves where it is asked for: session, user, ledger, and the buffers that grow by it. */
class SessionMeter implements Meter {
  readonly #session: Session;
  readonly #user: User;
  readonly #ledger: Ledger;

  constructor(session: Session, user: User, ledger: Ledger) {
    this.#session = session;
    this.#user = user;
    this.#ledger = ledger;
  }

  countUplink(bytes: number): boolean {
    this.#session.uplinkBytes += bytes;
    this.#user.uplinkBytes += bytes;
    this.#user.uplinkMessages += 1;
    this.#ledger.uplinkBytes += bytes;
    this.#ledger.uplinkMessages += 1;
    this.#session.uplinkBuffers?.count(bytes, this.#user.uplinkRate.bytesPerSecond);
    return !this.#user.isOverQuota;
  }

  countDownlink(bytes: number): boolean {
    this.#session.downlinkBytes += bytes;
    this.#user.downlinkBytes += bytes;
    this.#user.downlinkMessages += 1;
    this.#ledger.downlinkBytes += bytes;
    this.#ledger.downlinkMessages += 1;
    this.#session.downlinkBuffers?.count(bytes, this.#user.downlinkRate.bytesPerSecond);
    return !this.#user.isOverQuota;
  }

  ended(by: 'client' | 'far'): void {
    this.#session.answer?.ended(by);
  }
}
