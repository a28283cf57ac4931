import { TL } from './names.ts';
import { TlWriter } from './tl-writer.ts';

const DC_IDS = [1, 2, 3, 4, 5];
const STATIC_ADDRESS = 1 << 4;
const TEST_OFFSET = 10_000;
const LIFE_SECONDS = 3600;

/** Limits and periods that clients take from the configuration, in the schema's order. */
const LIMITS = {
  chatSizeMax: 200,
  megagroupSizeMax: 200_000,
  forwardedCountMax: 100,
  onlineUpdatePeriodMs: 210_000,
  offlineBlurTimeoutMs: 5_000,
  offlineIdleTimeoutMs: 30_000,
  onlineCloudTimeoutMs: 300_000,
  notifyCloudDelayMs: 30_000,
  notifyDefaultDelayMs: 1_500,
  pushChatPeriodMs: 60_000,
  pushChatLimit: 2,
  editTimeLimit: 172_800,
  revokeTimeLimit: 2_147_483_647,
  revokePmTimeLimit: 2_147_483_647,
  ratingEDecay: 2_419_200,
  stickersRecentLimit: 200,
  channelsReadMediaPeriod: 604_800,
  callReceiveTimeoutMs: 20_000,
  callRingTimeoutMs: 90_000,
  callConnectTimeoutMs: 30_000,
  callPacketTimeoutMs: 10_000,
};

/**
 * The answer to `help.getConfig`: every data centre is the simulated one.
 *
 * @param dc the id of the connection's init header: negative for media, beyond 10,000 for the test servers
 */
export function configAnswer(dc: number, address: string, port: number, unixSeconds: number): Uint8Array {
  const isTest = Math.abs(dc) > TEST_OFFSET;
  const writer = new TlWriter()
    .int(TL.config)
    .int(0)
    .int(unixSeconds)
    .int(unixSeconds + LIFE_SECONDS);
  writer
    .int(isTest ? TL.boolTrue : TL.boolFalse)
    .int(plainDcId(dc))
    .vector(DC_IDS.length);
  for (const id of DC_IDS) writer.int(TL.dcOption).int(STATIC_ADDRESS).int(id).string(address).int(port);
  writer.string('simulated.invalid');
  for (const value of Object.values(LIMITS)) writer.int(value);
  writer.string('https://t.me/');
  return writer.int(1024).int(4096).int(4).bytes(); // caption_length_max, message_length_max, webfile_dc_id
}

/** The answer to `help.getNearestDc`. */
export function nearestDcAnswer(dc: number): Uint8Array {
  return new TlWriter().int(TL.nearestDc).string('NL').int(plainDcId(dc)).int(plainDcId(dc)).bytes();
}

function plainDcId(dc: number): number {
  return Math.abs(dc) % TEST_OFFSET;
}
