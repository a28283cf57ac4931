/** What sessions find out about what the proxy needs. It may be said again and again. */
export interface SessionNews {
  /** @param reason why a session could not be joined to it; null: sessions are joined to it again */
  dataCenter(dc: number, reason: string | null): void;
  /** An address of a data centre takes connections without answering, or answers again. @param dc its number */
  address(dc: number, isFailing: boolean): void;
  /** @param reason why a stranger could not be joined to this domain's site; null: strangers are joined to it again */
  site(domain: string, reason: string | null): void;
}

/** Where nobody watches. */
export const NO_NEWS: SessionNews = { dataCenter: () => {}, address: () => {}, site: () => {} };
