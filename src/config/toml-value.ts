/** A value as it is written in TOML; tables as empty ones. */
export function tomlValue(value: unknown): string {
  if (Array.isArray(value)) return value.length === 1 ? tomlValue(value[0]) : `[${value.map(tomlValue).join(', ')}]`;
  return typeof value === 'object' ? '{}' : JSON.stringify(value);
}
