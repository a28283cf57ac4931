import type { Endpoint } from '../net/endpoint.ts';

/** What may change while sessions run: the session function reads it afresh at each step. */
export interface Policy {
  readonly modes: { readonly classic: boolean; readonly secure: boolean; readonly tls: boolean };
  readonly tls: {
    /** Fronted domains, lower case; the first is the one in links. */
    readonly domains: readonly string[];
    readonly unknownSni: 'mask' | 'reset';
    readonly maxClockSkewMs: number;
  };
  readonly mask: MaskPolicy;
  readonly limits: {
    /** All sessions; 0: no limit. */
    readonly maxConnections: number;
    /** Connections that have proved nothing; for one more the one that can best be spared is closed. */
    readonly maxUnproved: number;
    /** Connections of all kinds, those to sites and data centres too. */
    readonly maxSockets: number;
    /** How many of these connections that have proved nothing leave to those that are opened next. */
    readonly spareSockets: number;
    /** Sessions of one network; 0: no limit. */
    readonly maxConnectionsPerIp: number;
    /** low, sessions margin, high: bytes of kernel buffer for what flows to the client. */
    readonly toClientBuffer: readonly [number, number, number];
    readonly toTelegramBufferBytes: number;
    readonly firstByteTimeoutMs: number;
    readonly handshakeTimeoutMs: number;
    readonly idleTimeoutMs: number;
  };
  readonly fastMode: boolean;
  /** Null: clients connect to us directly. */
  readonly proxyProtocol: { readonly isTrusted: (ip: string) => boolean } | null;
}

export interface MaskPolicy {
  readonly enabled: boolean;
  /** Where the site of a fronted domain is reached. */
  readonly siteOf: (domain: string) => Endpoint;
  /** PROXY header sent to the fronted site; 0: none. */
  readonly proxyProtocol: 0 | 1 | 2;
  /** Splices at once; for one more the quietest is closed. */
  readonly maxSplices: number;
  /** Bytes per second, both ways together, that all strangers and those of one network may move once their bursts are used up; 0: no limit. */
  readonly rateBytesPerSecond: number;
  readonly networkRateBytesPerSecond: number;
}
