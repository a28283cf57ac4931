import type { Conn } from '../net/conn.ts';

/** Where a pump's bytes leave. */
export interface Outlet {
  /** The kernel takes no more for now: nothing may be written until a flush has cleared it. */
  readonly isBlocked: boolean;
  /** @returns how many of the bytes are cared for; the rest, when it is blocked, has to come again; -1 when the connection is gone */
  write(bytes: Uint8Array): number;
  /** The kernel takes bytes again. @returns whether something that was kept went out */
  flush(): boolean;
  /** Nothing has moved for a while. */
  rest(): void;
}

/** Bytes leave as they are. */
export class BareOutlet implements Outlet {
  isBlocked = false;
  readonly #conn: Conn;

  constructor(conn: Conn) {
    this.#conn = conn;
  }

  write(bytes: Uint8Array): number {
    const taken = this.#conn.write(bytes);
    this.isBlocked = taken >= 0 && taken < bytes.length;
    return taken;
  }

  flush(): boolean {
    this.isBlocked = false;
    return false;
  }

  rest(): void {}
}
