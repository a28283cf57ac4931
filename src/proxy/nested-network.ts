/** One that waits in a network: a link of the chain of those that do, in the order in which they came. */
export class Wait<Guest> {
  readonly guest: Guest;
  readonly network: NestedNetwork<Guest>;
  /** On the monotonic clock. */
  readonly sinceMs = performance.now();
  before: Wait<Guest> | null = null;
  after: Wait<Guest> | null = null;

  constructor(guest: Guest, network: NestedNetwork<Guest>) {
    this.guest = guest;
    this.network = network;
  }
}

/** One network with all that wait in it: wider ones hold narrower ones, the narrowest the chain of those that wait. */
export class NestedNetwork<Guest> {
  readonly key: string;
  readonly wider: NestedNetwork<Guest> | null;
  readonly narrower = new Map<string, NestedNetwork<Guest>>();
  /** Of this network and the narrower ones. */
  count = 0;
  /** Who has waited longest; a chain, since the first key of a map that loses its first keys all the time is long in coming. */
  first: Wait<Guest> | null = null;
  #last: Wait<Guest> | null = null;

  constructor(key: string, wider: NestedNetwork<Guest> | null) {
    this.key = key;
    this.wider = wider;
  }

  get outermost(): NestedNetwork<Guest> {
    return this.wider?.outermost ?? this;
  }

  /** The narrower network that has most; null: this is the narrowest. At most 256 have to be looked at, one for each value of a byte. */
  heaviest(): NestedNetwork<Guest> | null {
    let found: NestedNetwork<Guest> | null = null;
    for (const network of this.narrower.values()) if (found === null || network.count > found.count) found = network;
    return found;
  }

  append(wait: Wait<Guest>): void {
    wait.before = this.#last;
    if (this.#last === null) this.first = wait;
    else this.#last.after = wait;
    this.#last = wait;
  }

  remove({ before, after }: Wait<Guest>): void {
    if (before === null) this.first = after;
    else before.after = after;
    if (after === null) this.#last = before;
    else after.before = before;
  }
}
