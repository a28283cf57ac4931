/** Below the ports that systems give to those who ask for any (32768 and up, or 10240 and up on a tuned server). */
const FIRST = 5_000;
const COUNT = 5_000;
const MOST_TRIES = 100;

/**
 * A free loopback port, for a place where port 0 can't be asked for. None that the system gives to others: it would soon give a port
 * that was free a moment ago to the next one who asks.
 */
export function freePort(): number {
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    try {
      Bun.listen({ hostname: '127.0.0.1', port, socket: { data() {} } }).stop(true);
      return port;
    } catch {
      // taken: another one
    }
  }
  throw new Error('no free port found');
}
