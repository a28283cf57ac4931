export const KEY = 'a1b2c3d4e5f60718293a4b5c6d7e8f90';
export const DOMAIN = 'front.example.org';
const DOMAIN_HEX = Buffer.from(DOMAIN).toString('hex');

/** The measured user's secret in each mode. */
export const SECRETS = { classic: KEY, dd: `dd${KEY}`, ee: eeSecret(KEY) } as const;
export type ModeName = keyof typeof SECRETS;

export function eeSecret(key: string): string {
  return `ee${key}${DOMAIN_HEX}`;
}

/** Keys of the users beside the measured one. */
export function otherUserKey(index: number): string {
  return new Bun.CryptoHasher('md5').update(`user ${index}`).digest('hex');
}
