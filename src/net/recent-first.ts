import type { AddressPreference } from './dialing.ts';
import { type Endpoint, endpointText } from './endpoint.ts';

const MAX_REMEMBERED = 64;

/** Begins with the address that connected last, so that a dead one in front of it costs its patience once. */
export class RecentFirst implements AddressPreference {
  /** As texts, the latest last. */
  readonly #connected = new Set<string>();

  rank(addresses: readonly Endpoint[]): readonly (readonly Endpoint[])[] {
    return [this.order(addresses)];
  }

  order(addresses: readonly Endpoint[]): readonly Endpoint[] {
    if (addresses.length < 2 || this.#connected.size === 0) return addresses;
    const texts = addresses.map(endpointText);
    const latest = [...this.#connected].findLast((text) => texts.includes(text));
    const index = latest === undefined ? 0 : texts.indexOf(latest);
    return [...addresses.slice(index, index + 1), ...addresses.slice(0, index), ...addresses.slice(index + 1)];
  }

  connected(address: Endpoint): void {
    const text = endpointText(address);
    this.#connected.delete(text);
    this.#connected.add(text);
    for (const oldest of this.#connected) {
      if (this.#connected.size <= MAX_REMEMBERED) return;
      this.#connected.delete(oldest);
    }
  }
}
