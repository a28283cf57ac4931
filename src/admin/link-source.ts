/**
 * What users' links are made of, secrets included: the running proxy tells it on the control socket alone, which nobody but its
 * owner can open. Never a part of the snapshot.
 */
export interface LinkSource {
  /** Empty: to be detected. */
  readonly publicHost: string;
  readonly port: number;
  readonly domain: string;
  readonly modes: { readonly classic: boolean; readonly secure: boolean; readonly tls: boolean };
  /** Keys as 32 hex digits. */
  readonly users: readonly { readonly name: string; readonly key: string }[];
}
