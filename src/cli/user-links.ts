import { proxyLinks } from '../wire/link.ts';
import { type SecretKind, secretBase64Url, secretHex } from '../wire/secret.ts';

/** One way in for a user. */
export interface UserLink {
  readonly kind: SecretKind;
  readonly hex: string;
  readonly base64Url: string;
  /** tg://proxy?… */
  readonly tg: string;
  /** https://t.me/proxy?… */
  readonly web: string;
}

export interface UserLinks {
  readonly name: string;
  /** Why they don't work, or may not; null: they do. */
  readonly standing?: string | null;
  /** The preferred one first: ee, dd, plain, as far as their modes are on. */
  readonly links: readonly UserLink[];
}

export interface NamedKey {
  readonly name: string;
  /** 16 bytes. */
  readonly key: Uint8Array;
}

/** Where links lead and which kinds are served. */
export interface LinkTarget {
  readonly host: string;
  readonly port: number;
  readonly domain: string;
  readonly modes: { readonly classic: boolean; readonly secure: boolean; readonly tls: boolean };
}

/** Makes a user's links for every mode that is on. */
export function userLinks({ name, key }: NamedKey, target: LinkTarget): UserLinks {
  const { classic, secure, tls } = target.modes;
  const kinds: SecretKind[] = [
    ...(tls ? ['ee' as const] : []),
    ...(secure ? ['dd' as const] : []),
    ...(classic ? ['plain' as const] : []),
  ];
  return { name, links: kinds.map((kind) => userLink(kind, key, target)) };
}

function userLink(kind: SecretKind, key: Uint8Array, { host, port, domain }: LinkTarget): UserLink {
  const secret = { kind, key, domain: kind === 'ee' ? domain : '' };
  const hex = secretHex(secret);
  return { kind, hex, base64Url: secretBase64Url(secret), ...proxyLinks(host, port, hex) };
}
