import type { LinkSource } from '../admin/link-source.ts';
import type { Config } from '../config/schema.ts';
import { hex } from '../kit/bytes.ts';

/** @param port the bound one @param users the keys that count now */
export function linkSourceOf(
  config: Config,
  port: number,
  users: readonly { readonly name: string; readonly key: Uint8Array }[],
): LinkSource {
  const [domain = ''] = config.tls.domains;
  return {
    publicHost: config.publicHost,
    port: config.publicPort || port,
    domain,
    modes: config.modes,
    users: users.map(({ name, key }) => ({ name, key: hex(key) })),
  };
}
