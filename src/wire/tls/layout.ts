/*
 * Every TLS record begins alike:
 *
 *   0      1         3        5
 *   | type | version | length |
 */
export const RECORD_TYPE = { changeCipherSpec: 0x14, alert: 0x15, handshake: 0x16, applicationData: 0x17 } as const;
export const VERSION_OFFSET = 1;
export const LENGTH_OFFSET = 3;
export const RECORD_HEADER_BYTES = 5;

/** Major byte of every version up to TLS 1.3. */
export const VERSION_MAJOR = 0x03;
/** Minor byte of TLS 1.2, which TLS 1.3 keeps on its records. */
export const VERSION_MINOR = 0x03;
/** Minor bytes a client's first record may carry: TLS 1.0 to 1.2. */
export const MIN_HELLO_MINOR = 0x01;
export const MAX_HELLO_MINOR = 0x03;

/*
 * Both hellos begin alike; offsets count from the record's start.
 *
 *   5      6        9         11       43                44          44 + n
 *   | type | length | version | random | session id length n | session id | ...
 */
export const HANDSHAKE_TYPE = { clientHello: 0x01, serverHello: 0x02, certificate: 0x0b } as const;
export const HANDSHAKE_HEADER_BYTES = 4;
export const RANDOM_BYTES = 32;
const HELLO_VERSION_BYTES = 2;
export const RANDOM_OFFSET = RECORD_HEADER_BYTES + HANDSHAKE_HEADER_BYTES + HELLO_VERSION_BYTES;
export const SESSION_ID_LENGTH_OFFSET = RANDOM_OFFSET + RANDOM_BYTES;
export const MAX_SESSION_ID_BYTES = 32;

/** Codes from the registries of TLS extensions, groups and versions. */
export const EXTENSION = {
  serverName: 0x0000,
  groups: 0x000a,
  alpn: 0x0010,
  versions: 0x002b,
  keyShare: 0x0033,
} as const;
export const GROUP = { x25519: 0x001d, x25519MlKem768: 0x11ec } as const;
export const TLS12 = 0x0303;
export const TLS13 = 0x0304;
