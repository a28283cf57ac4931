import type { LinkSource } from '../admin/link-source.ts';
import type { Config } from '../config/schema.ts';
import { hex } from '../kit/bytes.ts';

/** Where links lead, by the configuration. @param port the bound port, where the configured one is 0; 0 where there is only a Unix socket */
export function linkTargetOf(config: Config, port = config.port): Omit<LinkSource, 'users'> {
  const [domain = ''] = config.tls.domains;
  const { publicHost, publicPort, modes } = config;
  return { publicHost, port: publicPort || port || config.port, domain, modes };
}

/** @param users the keys that count now */
export function linkSourceOf(
  config: Config,
  port: number,
  users: readonly { readonly name: string; readonly key: Uint8Array }[],
): LinkSource {
  return { ...linkTargetOf(config, port), users: users.map(({ name, key }) => ({ name, key: hex(key) })) };
}
