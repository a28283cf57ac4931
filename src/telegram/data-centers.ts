import type { Endpoint } from '../net/endpoint.ts';

/** Added to a data centre's number by clients of the test environment. */
export const TEST_DC_OFFSET = 10_000;
const PORT = 443;

interface Addresses {
  readonly v4: readonly string[];
  readonly v6: readonly string[];
}

/** Direct endpoints, as the official clients have them built in. @see protocol notes, "DC addresses" */
const PRODUCTION: Readonly<Record<number, Addresses>> = {
  1: { v4: ['149.154.175.50'], v6: ['2001:b28:f23d:f001::a'] },
  2: { v4: ['149.154.167.51', '95.161.76.100'], v6: ['2001:67c:4e8:f002::a'] },
  3: { v4: ['149.154.175.100'], v6: ['2001:b28:f23d:f003::a'] },
  4: { v4: ['149.154.167.91'], v6: ['2001:67c:4e8:f004::a'] },
  5: { v4: ['149.154.171.5', '91.108.56.100'], v6: ['2001:b28:f23f:f005::a'] },
  203: { v4: ['91.105.192.100'], v6: ['2a0a:f280:203:a:5000::100'] },
};

/** Those that accounts and files live in. */
export const PRODUCTION_DCS: readonly number[] = Object.keys(PRODUCTION).map(Number);

const TEST: Readonly<Record<number, Addresses>> = {
  1: { v4: ['149.154.175.10'], v6: ['2001:b28:f23d:f001::e'] },
  2: { v4: ['149.154.167.40'], v6: ['2001:67c:4e8:f002::e'] },
  3: { v4: ['149.154.175.117'], v6: ['2001:b28:f23d:f003::e'] },
};

/** Which addresses serve a data centre id, in the order to try them. */
export class DataCenters {
  readonly #preferIpv6: boolean;
  readonly #overrides: ReadonlyMap<number, readonly Endpoint[]>;

  /** @param options.overrides by signed id; an id without an entry of its own follows its positive twin */
  constructor(options: { preferIpv6: boolean; overrides: ReadonlyMap<number, readonly Endpoint[]> }) {
    this.#preferIpv6 = options.preferIpv6;
    this.#overrides = options.overrides;
  }

  /** @param dc signed id from an init header (negative: media, +10000: test) @returns null for an unknown id */
  endpointsOf(dc: number): readonly Endpoint[] | null {
    const number = Math.abs(dc);
    const override = this.#overrides.get(dc) ?? this.#overrides.get(number);
    if (override !== undefined) return override;
    const addresses = number > TEST_DC_OFFSET ? TEST[number - TEST_DC_OFFSET] : PRODUCTION[number];
    if (addresses === undefined) return null;
    const { v4, v6 } = addresses;
    const ordered = this.#preferIpv6 ? [...v6, ...v4] : [...v4, ...v6];
    return ordered.map((host) => ({ host, port: PORT }));
  }
}
