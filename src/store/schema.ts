/** Counted up when tables change; a file of a later version is refused. */
export const SCHEMA_VERSION = 1;

export const TABLES = `
  CREATE TABLE IF NOT EXISTS users (name TEXT PRIMARY KEY, key BLOB NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS usage (name TEXT PRIMARY KEY, uplink INTEGER NOT NULL, downlink INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS replays (
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, digest BLOB NOT NULL, UNIQUE (kind, digest)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS profiles (domain TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS replays_by_age ON replays (kind, id);
`;
