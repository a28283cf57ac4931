import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';

/** This machine's network interfaces by name; none where a sandbox forbids to ask (it needs AF_NETLINK). */
export function ownInterfaces(): Record<string, NetworkInterfaceInfo[]> {
  try {
    const found = Object.entries(networkInterfaces());
    return Object.fromEntries(found.map(([name, addresses]) => [name, addresses ?? []]));
  } catch {
    return {};
  }
}
