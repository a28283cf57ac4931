import type { VitalsSnapshot } from '../admin/snapshot.ts';
import { Histogram } from '../kit/histogram.ts';
import type { Ledger } from '../proxy/ledger.ts';
import { oomKills, openDescriptors, swapUsedBytes } from './machine.ts';

const SAMPLE_MS = 5_000;
const LAG_PROBE_MS = 500;
/** What "of late", "the last minute" and "the last five minutes" are, in samples. */
const LATE_SAMPLES = 1;
const MINUTE_SAMPLES = 12;
const FIVE_MINUTE_SAMPLES = 60;
/** The CPU's minute counts as a whole also while the process is younger: its start must not look like an overload. */
const MINUTE_SECONDS = (MINUTE_SAMPLES * SAMPLE_MS) / 1_000;
/** Milliseconds; a foreground phone reconnects when its proxy stands still for a few seconds. */
const LAG_BOUNDS_MS = [1, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500];

interface Sample {
  readonly atMs: number;
  readonly cpuSeconds: number;
  readonly uplinkBytes: number;
  readonly downlinkBytes: number;
  /** Both ways. */
  readonly strangerBytes: number;
  readonly listenDrops: number;
  readonly refused: number;
  readonly tlsAdmitted: number;
  readonly tlsRefusedForClock: number;
  readonly displaced: number;
  readonly worstLagMs: number;
}

/** Follows how the process is over the last five minutes: one sample every five seconds. */
export class Vitals {
  readonly #ledger: Ledger;
  readonly #cpus: () => number;
  readonly #listenDrops: () => number;
  readonly #samples: Sample[] = [];
  readonly #timers: Timer[];
  readonly #oomKillsBefore = oomKills();
  readonly #loopLag = new Histogram(LAG_BOUNDS_MS);
  #worstLagMs = 0;
  #expectedMs: number;

  /** @param onSample called after each sample */
  constructor(options: { ledger: Ledger; cpus: () => number; listenDrops: () => number; onSample: () => void }) {
    this.#ledger = options.ledger;
    this.#cpus = options.cpus;
    this.#listenDrops = options.listenDrops;
    this.#samples.push(this.#sample());
    this.#expectedMs = performance.now() + LAG_PROBE_MS;
    this.#timers = [
      setInterval(() => this.#probeLag(), LAG_PROBE_MS),
      setInterval(() => {
        this.#keep(this.#sample());
        options.onSample();
      }, SAMPLE_MS),
    ];
    for (const timer of this.#timers) timer.unref();
  }

  read(): VitalsSnapshot {
    const now = this.#sample();
    const late = this.#before(LATE_SAMPLES);
    const minute = this.#before(MINUTE_SAMPLES);
    const fiveMinutes = this.#before(FIVE_MINUTE_SAMPLES);
    return {
      rssBytes: process.memoryUsage.rss(),
      cpuSeconds: now.cpuSeconds,
      cpuShare: rate(now.cpuSeconds - late.cpuSeconds, now, late) / this.#cpus(),
      cpuMinuteShare: (now.cpuSeconds - minute.cpuSeconds) / MINUTE_SECONDS / this.#cpus(),
      uplinkBytesPerSecond: rate(now.uplinkBytes - late.uplinkBytes, now, late),
      downlinkBytesPerSecond: rate(now.downlinkBytes - late.downlinkBytes, now, late),
      descriptors: openDescriptors(),
      swapUsedBytes: swapUsedBytes(),
      loopLag: this.#loopLag,
      worstLagMs: Math.max(now.worstLagMs, ...this.#samples.slice(-MINUTE_SAMPLES).map(({ worstLagMs }) => worstLagMs)),
      listenDrops: now.listenDrops - fiveMinutes.listenDrops,
      listenDropsSinceStart: now.listenDrops,
      sessionsRefused: now.refused - fiveMinutes.refused,
      displaced: now.displaced - fiveMinutes.displaced,
      userBytes: now.uplinkBytes + now.downlinkBytes - fiveMinutes.uplinkBytes - fiveMinutes.downlinkBytes,
      strangerBytes: now.strangerBytes - fiveMinutes.strangerBytes,
      tlsAdmitted: now.tlsAdmitted - fiveMinutes.tlsAdmitted,
      tlsRefusedForClock: now.tlsRefusedForClock - fiveMinutes.tlsRefusedForClock,
      oomKills: Math.max(0, oomKills() - this.#oomKillsBefore),
    };
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  #sample(): Sample {
    const { user, system } = process.cpuUsage();
    const { uplinkBytes, downlinkBytes, strangerUplinkBytes, strangerDownlinkBytes } = this.#ledger;
    const { outcomes, acceptPauses, handshakes, strangers } = this.#ledger;
    return {
      atMs: performance.now(),
      cpuSeconds: (user + system) / 1_000_000,
      uplinkBytes,
      downlinkBytes,
      strangerBytes: strangerUplinkBytes + strangerDownlinkBytes,
      listenDrops: this.#listenDrops(),
      refused: outcomes.full + acceptPauses,
      tlsAdmitted: handshakes.tls,
      tlsRefusedForClock: strangers['clock-skew'],
      displaced: outcomes.displaced,
      worstLagMs: this.#worstLagMs,
    };
  }

  #keep(sample: Sample): void {
    this.#samples.push(sample);
    if (this.#samples.length > FIVE_MINUTE_SAMPLES) this.#samples.shift();
    this.#worstLagMs = 0;
  }

  /** The sample so many before now, else the oldest. */
  #before(samples: number): Sample {
    const sample = this.#samples.at(-samples) ?? this.#samples[0];
    return sample ?? this.#sample();
  }

  #probeLag(): void {
    const now = performance.now();
    const lagMs = Math.max(0, now - this.#expectedMs);
    this.#loopLag.add(lagMs);
    this.#worstLagMs = Math.max(this.#worstLagMs, lagMs);
    this.#expectedMs = now + LAG_PROBE_MS;
  }
}

/** Per second between two samples; a moment after the start there is no rate yet. */
function rate(amount: number, now: Sample, before: Sample): number {
  const seconds = (now.atMs - before.atMs) / 1_000;
  return seconds < 0.1 ? 0 : amount / seconds;
}
