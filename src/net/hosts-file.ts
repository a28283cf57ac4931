import { statSync } from 'node:fs';
import { ipBytes } from '../kit/ip.ts';
import { readText } from '../kit/read-text.ts';

/** Names whose addresses are kept; they come from the configuration, so that there are few. */
const MAX_NAMES = 64;

/**
 * The system's table of names (hosts(5)). The runtime's own look-up takes only the first of several lines for a name, and with it
 * only one family: `localhost` and what containers are given often have both.
 */
export class HostsFile {
  readonly #path: string;
  /** What the file said when it was last changed at that time. */
  readonly #known = new Map<string, readonly string[]>();
  #changedAtMs = 0;

  constructor(path = '/etc/hosts') {
    this.#path = path;
  }

  /** @returns the name's addresses in the order of the file; none where it is not there, or where there is no file */
  addressesOf(name: string): readonly string[] {
    const changedAtMs = statSync(this.#path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (changedAtMs !== this.#changedAtMs || this.#known.size >= MAX_NAMES) this.#known.clear();
    this.#changedAtMs = changedAtMs;
    const wanted = name.toLowerCase();
    let addresses = this.#known.get(wanted);
    if (addresses === undefined) {
      addresses = addressesIn(readText(this.#path) ?? '', wanted);
      this.#known.set(wanted, addresses);
    }
    return addresses;
  }
}

function addressesIn(text: string, wanted: string): string[] {
  const lines = text.split('\n').map((line) => line.replace(/#.*/, '').trim().split(/\s+/));
  const fitting = lines.filter(([, ...names]) => names.some((name) => name.toLowerCase() === wanted));
  return fitting.map(([address = '']) => address).filter((address) => ipBytes(address) !== null);
}
