/** The least and most that numbers in the configuration may be. Times in milliseconds, sizes in bytes. */
const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const KB = 1_024;
const MB = 1_024 * KB;

export const MAX_LISTEN_ADDRESSES = 16;
export const MAX_WORKERS = 64;
export const MAX_DOMAINS = 64;
export const MAX_RANGES = 256;
export const MAX_USERS = 10_000;
/** Sessions, networks: more than one machine's ports and memory can hold. */
export const MAX_CONNECTIONS = 1_000_000;

/** Less than the kernel's smallest useful socket buffer (SOCK_MIN_RCVBUF is about 2 KB). */
export const MIN_BUFFER = 2 * KB;
export const MAX_BUFFER = 16 * MB;

/** Fewer digests than this would forget a replay within one burst of phones reconnecting. */
export const MIN_REPLAY_ENTRIES = 64;
export const MAX_REPLAY_ENTRIES = 4_194_304;
export const MIN_CLIENT_IPS = 16;
export const MAX_CLIENT_IPS = 1_048_576;
export const MAX_POOL_SIZE = 256;

/** Shorter than any network's round trip; lets tests be quick. */
export const MIN_TIMEOUT_MS = 100;
export const MAX_CONNECT_TIMEOUT_MS = 5 * MINUTE_MS;
export const MAX_HANDSHAKE_TIMEOUT_MS = 5 * MINUTE_MS;
export const MAX_FIRST_BYTE_TIMEOUT_MS = HOUR_MS;
export const MAX_IDLE_TIMEOUT_MS = DAY_MS;
export const MIN_CLOCK_SKEW_MS = SECOND_MS;
export const MAX_CLOCK_SKEW_MS = 7 * DAY_MS;
export const MIN_REFRESH_MS = MINUTE_MS;
export const MAX_REFRESH_MS = 7 * DAY_MS;
