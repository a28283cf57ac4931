import type { SecretKind } from '../../wire/secret.ts';
import { Latencies } from './latencies.ts';

const MAX_FAILURES = 20;

/** What a crowd of simulated clients has done so far; plain fields, added to where things happen. */
export class Tally {
  /** Sessions begun so far and open now, by the kind of their secret. */
  readonly begun: Record<SecretKind, number> = { plain: 0, dd: 0, ee: 0 };
  readonly open: Record<SecretKind, number> = { plain: 0, dd: 0, ee: 0 };
  /** Bytes that arrived and were compared with what they had to be. */
  verifiedDown = 0;
  verifiedUp = 0;
  readonly latencies = new Latencies();
  /** Everything that went wrong, and the first few in words. */
  failureCount = 0;
  readonly failures: string[] = [];

  fail(kind: SecretKind, what: string, error: unknown): void {
    this.failureCount++;
    const reason = error instanceof Error ? error.message : String(error);
    if (this.failures.length < MAX_FAILURES) this.failures.push(`${kind} client, ${what}: ${reason}`);
  }
}
