/** A registry of packages on loopback that has one package, or none. */
export class NpmRegistry implements Disposable {
  readonly #server: ReturnType<typeof Bun.serve>;

  /** @param tarball what it serves as every version of every package; null: there is none */
  constructor(tarball: Uint8Array | null) {
    this.#server = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch: ({ url }) => {
        const { pathname, origin } = new URL(url);
        if (tarball === null) return Response.json({ error: 'not found' }, { status: 404 });
        if (pathname.endsWith('.tgz')) return new Response(tarball);
        return Response.json(packument(decodeURIComponent(pathname.slice(1)), `${origin}/it.tgz`));
      },
    });
  }

  get url(): string {
    return this.#server.url.href;
  }

  [Symbol.dispose](): void {
    void this.#server.stop(true);
  }
}

function packument(name: string, tarball: string) {
  const version = Bun.version;
  return { name, 'dist-tags': { latest: version }, versions: { [version]: { name, version, dist: { tarball } } } };
}
