import { type Entry, type Layer, layerOf } from './layer.ts';
import type { Config } from './schema.ts';

export type ProfileName = Config['profile'];

/** What each profile changes in the built-in defaults, as it would be written in TOML. */
export const profiles: Readonly<Record<ProfileName, Readonly<Record<string, unknown>>>> = {
  lowres: {}, // the built-in defaults are made for 1 vCPU / 2 GB
  standard: {
    'limits.to_client_buffer': [16384, 100, 262144],
    'limits.to_telegram_buffer': 131072,
    'limits.replay_entries': 65536,
    'limits.client_ips': 16384,
  },
};

export function isProfileName(name: unknown): name is ProfileName {
  return typeof name === 'string' && Object.hasOwn(profiles, name);
}

export function profileLayer(name: ProfileName): Layer {
  const source = `profile ${name}`;
  const entries = Object.entries(profiles[name]).map(([path, raw]): [string, Entry] => [path, { raw, source }]);
  return layerOf(entries);
}
