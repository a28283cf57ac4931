import { type DeclaredKey, declaredKeys } from './schema.ts';

export const PREFIX = 'PETREL_';
/** A user's secret, with its number. */
export const USER_SECRET = /^USER(\d+)_SECRET$/;

/** "limits.idle_timeout" is PETREL_LIMITS_IDLE_TIMEOUT; null for keys that no text can give and for users' tables. */
export function variableName(declared: DeclaredKey): string | null {
  if (declared.section === 'users' || declared.key.type.fromText === null) return null;
  return generalName(declared);
}

/** The name that a key's variable has, or would have. */
export function generalName({ path }: DeclaredKey): string {
  return PREFIX + path.replace('.', '_').toUpperCase();
}

/** Variables that give a key its value. */
export const keysByVariable = new Map<string, DeclaredKey>();
/** Variables that give a key's value another port. */
export const portKeysByVariable = new Map<string, DeclaredKey>();
for (const declared of declaredKeys) {
  const general = variableName(declared);
  if (general !== null) keysByVariable.set(general, declared);
  if (declared.key.env !== undefined) keysByVariable.set(declared.key.env, declared);
  if (declared.key.envPort !== undefined) portKeysByVariable.set(declared.key.envPort, declared);
}
/** Names of all variables that are read, but for those of users' secrets. */
export const variableNames = [...keysByVariable.keys(), ...portKeysByVariable.keys()].filter(
  (name) => !name.includes('<'),
);

/** Whether a variable is read. */
export function isOurs(name: string): boolean {
  return variableNames.includes(name) || USER_SECRET.test(name);
}
