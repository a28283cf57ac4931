import * as v from 'valibot';
import { isFrontableDomain } from '../../wire/secret.ts';
import { endpointHint } from '../hints/address-hint.ts';
import { hostHint } from '../hints/host-hint.ts';
import { quoted } from '../hints/words.ts';
import { textType, type ValueType } from '../value-type.ts';
import { type Endpoint, isEndpoint, readEndpoint, unixPath } from './addresses.ts';
import { listOf } from './texts.ts';

const HTTPS_PORT = 443; // Telegram's data centres and websites alike
const MAX_DC = 32_767; // the init header's DC field is an int16
const MAX_DC_ADDRESSES = 8;

/** Domain to where its site is reached. */
export function siteTargets(max: number): ValueType<ReadonlyMap<string, Endpoint | { readonly unix: string }>> {
  const parse = (text: string): Endpoint | { readonly unix: string } | undefined => {
    const path = unixPath(text);
    return path === null ? readEndpoint(text) : { unix: path };
  };
  const hint = (found: unknown, at: string) => {
    if (at === `.${found}`) return domainHint(found);
    return at === '' ? null : endpointHint(found, (text) => parse(text) !== undefined, HTTPS_PORT);
  };
  const target = textType('host:port or "unix:/path"', parse, { suffix: '' });
  return {
    expected: `at most ${max} domains with host:port or "unix:/path", such as "a.example.org" = "127.0.0.1:8443"`,
    expectedInside: 'a domain in lower case, with host:port or "unix:/path"',
    suffix: '',
    schema: v.pipe(
      v.unknown(),
      v.transform((raw) => (typeof raw === 'object' && raw !== null ? new Map(Object.entries(raw)) : raw)),
      v.map(v.pipe(v.string(), v.check(isFrontableDomain)), target.schema),
      v.maxSize(max),
    ),
    fromText: null,
    isSecret: false,
    hint,
  };
}

/** DC number to the addresses that replace the built-in ones. */
export function dcAddresses(): ValueType<ReadonlyMap<number, readonly Endpoint[]>> {
  const address = textType('host:port', readEndpoint, { suffix: '' });
  const addresses = listOf(address, { min: 1, max: MAX_DC_ADDRESSES, suffix: '' });
  const isDc = (text: string): boolean => /^-?[1-9]\d{0,4}$/.test(text) && Math.abs(Number(text)) <= MAX_DC;
  return {
    expected: `DC numbers with host:port or a list of 1 to ${MAX_DC_ADDRESSES} of them, such as "2" = ["127.0.0.2:9443"]`,
    expectedInside: `a DC number such as "2" or "-2", with host:port or a list of 1 to ${MAX_DC_ADDRESSES} of them`,
    suffix: '',
    schema: v.pipe(
      v.unknown(),
      v.transform((raw) => (typeof raw === 'object' && raw !== null ? new Map(Object.entries(raw)) : raw)),
      v.map(v.pipe(v.string(), v.check(isDc), v.transform(Number)), addresses.schema),
    ),
    fromText: null,
    isSecret: false,
    hint: dcHint,
  };
}

function dcHint(found: unknown, at: string): string | null {
  if (at === `.${found}`) {
    const number = /-?[1-9]\d*/.exec(String(found))?.[0];
    return number === undefined || number === found ? null : `write the number alone: "${number}"`;
  }
  return at === '' ? null : endpointHint(found, isEndpoint, HTTPS_PORT);
}

function domainHint(found: unknown): string | null {
  const lower = String(found).toLowerCase();
  return lower !== found && isFrontableDomain(lower)
    ? `write ${quoted(lower)}`
    : hostHint(found, isFrontableDomain, null);
}
