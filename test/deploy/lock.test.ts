import { expect, test } from 'bun:test';
import lock from '../../package-lock.json';

/** TDLib for machines on which the tests do not run: in this version the registry lacks them, so that nothing is known to hold them against. */
const NOT_AT_THE_REGISTRY = [
  'darwin-arm64',
  'darwin-x64',
  'linux-arm64-glibc',
  'linux-arm64-musl',
  'linux-x64-musl',
  'win32-x64',
].map((name) => `node_modules/@prebuilt-tdlib/${name}`);

interface Locked {
  readonly link?: boolean;
  readonly integrity?: string;
  readonly dev?: boolean;
}

const packages = Object.entries(lock.packages as Readonly<Record<string, Locked>>);
/** Those that come from a registry, not out of this checkout. */
const fetched = packages.filter(([path, { link }]) => path.startsWith('node_modules/') && link !== true);

test('every package from a registry is pinned by the digest of its bytes, but for those that it does not have', () => {
  expect(fetched.length).toBeGreaterThan(50); // the search works
  const unpinned = fetched.filter(([, { integrity = '' }]) => !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity));
  expect(unpinned.map(([path]) => path).sort()).toEqual(NOT_AT_THE_REGISTRY);
});

test('what is not pinned is of no use to the proxy', () => {
  const locked = new Map(packages);
  expect(NOT_AT_THE_REGISTRY.map((path) => locked.get(path)?.dev)).toEqual(NOT_AT_THE_REGISTRY.map(() => true));
});
