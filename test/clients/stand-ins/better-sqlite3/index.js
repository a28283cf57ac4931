module.exports = class NoSqlite {
  constructor() {
    throw new Error('better-sqlite3 is replaced by a stand-in here: use in-memory storage');
  }
};
