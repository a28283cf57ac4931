const PAGE = '<!doctype html><title>Weather</title><p>Mild, with a light breeze from the south-west.</p>\n';
const VISIT_LIMIT_MS = 5_000;

/** A small web site on loopback, for a proxy to front. */
export class SimulatedSite {
  readonly #server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: () => new Response(PAGE, { headers: { 'Content-Type': 'text/html' } }),
  });

  get port(): number {
    return this.#server.port ?? 0;
  }

  async stop(): Promise<void> {
    await this.#server.stop(true);
  }
}

/** Asks a port for its page, as a curious stranger would. @returns whether it was the site's */
export async function visitSite(port: number): Promise<boolean> {
  const options = { headers: { Connection: 'close' }, signal: AbortSignal.timeout(VISIT_LIMIT_MS) };
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/`, options);
    return (await answer.text()) === PAGE;
  } catch {
    return false; // refused, reset or silent: not the site, in any case
  }
}
