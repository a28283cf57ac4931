/** Where to connect: a host (name or address) and port, or a unix socket. */
export type Endpoint = { readonly host: string; readonly port: number } | { readonly unix: string };

/** `host:port` (IPv6 in brackets) or `unix:/path`, as logs show it. */
export function endpointText(endpoint: Endpoint): string {
  if ('unix' in endpoint) return `unix:${endpoint.unix}`;
  return endpoint.host.includes(':') ? `[${endpoint.host}]:${endpoint.port}` : `${endpoint.host}:${endpoint.port}`;
}
