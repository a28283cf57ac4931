import { quoted } from './words.ts';

const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;
const LINK = /^tg:|^(?:https?:\/\/)?t\.me\//i;
const PORT = /^(.+):(\d{1,5})$/;
const BRACKETS = /^\[(.*)\]$/;

/**
 * What a refused host was most likely meant to be: a URL's host, an international name's ASCII form, a name without its
 * port, dot or blanks.
 *
 * @param accepts whether a text is one that is read
 * @param portKey where the port stands that people write behind the host; null when there is none
 */
export function hostHint(found: unknown, accepts: (text: string) => boolean, portKey: string | null): string | null {
  if (typeof found !== 'string' || LINK.test(found)) return null;
  if (found.includes('*')) return 'wildcards cannot be used: write the whole name';
  const bare = found
    .trim()
    .replace(SCHEME, '')
    .replace(/[/?#].*$/s, '')
    .replace(/^.*@/, '');
  const [, name = bare, port] = PORT.exec(bare) ?? [];
  const host = asciiHost(BRACKETS.exec(name)?.[1] ?? name).replace(/\.$/, '');
  if (host === found || !accepts(host)) return null;
  if (port !== undefined && portKey !== null)
    return `write ${quoted(host)}, and the port as ${portKey} = ${Number(port)}`;
  const what = /[^ -~]/.test(found) ? 'its ASCII form' : 'only the host';
  return `write ${what}: ${quoted(host)}`;
}

/** International names as they travel: "bücher.example" is "xn--bcher-kva.example"; others unchanged. */
function asciiHost(name: string): string {
  return /[^ -~]/.test(name) ? (URL.parse(`http://${name}/`)?.hostname ?? name) : name;
}
