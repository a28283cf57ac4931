import type { RateLimit } from './rate-limit.ts';

/** A named secret and its limits; 0 or null: no limit. */
export interface UserTerms {
  readonly name: string;
  /** 16 bytes. */
  readonly key: Uint8Array;
  readonly maxConnections: number;
  /** Networks at once (an IPv4 address or an IPv6 /64). */
  readonly maxIps: number;
  /** Bytes both ways. */
  readonly quotaBytes: number;
  readonly expiresAtMs: number | null;
  readonly rateBytesPerSecond: number;
  readonly enabled: boolean;
}

/** A user as the running proxy knows it: the terms (replaced at reload) and what is used of them now. */
export class User {
  terms: UserTerms;
  connections = 0;
  /** Connections by network. */
  readonly networks = new Map<string, number>();
  /** Sessions admitted since the start. */
  sessions = 0;
  uplinkBytes = 0;
  downlinkBytes = 0;
  /** Chunks moved since the start: what one read brought, which for most traffic is one message. */
  uplinkMessages = 0;
  downlinkMessages = 0;
  readonly uplinkRate: RateLimit;
  readonly downlinkRate: RateLimit;

  constructor(terms: UserTerms, rates: { uplink: RateLimit; downlink: RateLimit }) {
    this.terms = terms;
    this.uplinkRate = rates.uplink;
    this.downlinkRate = rates.downlink;
  }

  get isOverQuota(): boolean {
    const { quotaBytes } = this.terms;
    return quotaBytes > 0 && this.uplinkBytes + this.downlinkBytes >= quotaBytes;
  }
}
