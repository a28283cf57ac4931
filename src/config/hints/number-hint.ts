import { asksForNone, isNumberText } from './words.ts';

const PORT_AT_END = /^[^\s]*:(\d{1,5})$/;

/** @param accepts whether a number is within the key's bounds */
export function numberHint(found: unknown, accepts: (number: number) => boolean): string | null {
  if (!isNumberText(found) || !accepts(Number(found))) return null;
  return `write it without quotes: ${Number(found)}`;
}

/** For numbers where 0 means no limit. */
export function limitHint(found: unknown, accepts: (number: number) => boolean): string | null {
  return numberHint(found, accepts) ?? (asksForNone(found) ? 'write 0 for no limit' : null);
}

/** For ports: also "0.0.0.0:443". */
export function portHint(found: unknown, accepts: (number: number) => boolean): string | null {
  const port = Number(typeof found === 'string' ? PORT_AT_END.exec(found)?.[1] : undefined);
  return numberHint(found, accepts) ?? (accepts(port) ? `write only the port: ${port}` : null);
}
