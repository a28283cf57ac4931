/**
 * Makes the two links that hand a proxy to people.
 *
 * @param server IPv4, IPv6 (brackets are taken off, as clients want it) or host name
 * @param secretText hexadecimal or base64url
 * @see protocol notes, "1.3 Links"
 */
export function proxyLinks(server: string, port: number, secretText: string): { tg: string; web: string } {
  const host = server.replace(/^\[(.*)\]$/, '$1');
  const query = `server=${encodeURIComponent(host)}&port=${port}&secret=${encodeURIComponent(secretText)}`;
  return { tg: `tg://proxy?${query}`, web: `https://t.me/proxy?${query}` };
}
