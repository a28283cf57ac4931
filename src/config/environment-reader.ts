import { closest } from '../kit/closest.ts';
import { MAX_USERS } from './bounds.ts';
import { type Entry, type Layer, writtenValue } from './layer.ts';
import { describeFound, type Problem } from './problem.ts';
import { type DeclaredKey, declaredKeys } from './schema.ts';
import { MAX_PORT } from './types/numbers.ts';

const PREFIX = 'PETREL_';
const USER_SECRET = /^USER(\d+)_SECRET$/;
const PORT_AT_END = /:\d+$/;
/** What Kubernetes sets in every pod beside a service called "petrel" or "petrel-…". */
const SERVICE_LINK =
  /^PETREL_(?:\w+_)?(?:SERVICE_HOST|SERVICE_PORT\w*|PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)$/;
const SERVICE_LINK_PORT = /^PETREL_(?:\w+_)?PORT$/;
const SERVICE_LINK_ADDRESS = /^(?:tcp|udp|sctp):\/\//;

/** "limits.idle_timeout" is PETREL_LIMITS_IDLE_TIMEOUT; null for keys that no text can give and for users' tables. */
export function variableName(declared: DeclaredKey): string | null {
  if (declared.section === 'users' || declared.key.type.fromText === null) return null;
  return PREFIX + declared.path.replace('.', '_').toUpperCase();
}

const keysByVariable = new Map<string, DeclaredKey>();
const portKeysByVariable = new Map<string, DeclaredKey>();
for (const declared of declaredKeys) {
  const general = variableName(declared);
  if (general !== null) keysByVariable.set(general, declared);
  if (declared.key.env !== undefined) keysByVariable.set(declared.key.env, declared);
  if (declared.key.envPort !== undefined) portKeysByVariable.set(declared.key.envPort, declared);
}

/** Sorts variables into entries and problems. */
export class EnvironmentReader implements Layer {
  readonly entries = new Map<string, Entry>();
  readonly problems: Problem[];
  readonly #origin: string;

  /** @param origin "environment" or ".env" */
  constructor(origin: string, problems: readonly Problem[]) {
    this.#origin = origin;
    this.problems = [...problems];
  }

  read(variables: ReadonlyMap<string, string>, below: readonly Layer[]): void {
    const given = [...variables]
      .map(([name, value]) => [name, value.trim()] as const)
      .filter(([, text]) => text !== '');
    for (const [name, text] of given) if (!isServiceLink(name, text)) this.#readKey(name, text);
    for (const [name, text] of given) {
      const declared = portKeysByVariable.get(name);
      if (declared !== undefined) this.#readPort(name, text, declared.path, below);
    }
  }

  #readKey(name: string, text: string): void {
    const declared = keysByVariable.get(name);
    const userNumber = USER_SECRET.exec(name)?.[1];
    if (declared !== undefined) this.#enter(declared.path, name, declared.key.type.fromText?.(text));
    else if (userNumber !== undefined) this.#enterUser(userNumber, name, text);
    else if (name.startsWith(PREFIX)) this.#refuse(name, '', `unknown variable${suggestion(name)}`);
  }

  #readPort(name: string, text: string, path: string, below: readonly Layer[]): void {
    if (!/^\d{1,5}$/.test(text) || Number(text) < 1 || Number(text) > MAX_PORT) {
      this.#refuse(name, path, `expected a port from 1 to ${MAX_PORT}; found ${describeFound(text, false)}`);
      return;
    }
    const whole = writtenValue([...below, this], path);
    if (typeof whole !== 'string') return; // refused where it stands
    this.entries.set(path, { raw: whole.replace(PORT_AT_END, `:${text}`), source: this.#sourceOf(name) });
  }

  #enterUser(digits: string, name: string, text: string): void {
    const number = Number(digits);
    if (number < 1 || number > MAX_USERS || digits !== String(number)) {
      this.#refuse(name, '', `expected USER<N>_SECRET with N from 1 to ${MAX_USERS}`);
      return;
    }
    const path = `users.user${number}`;
    this.entries.set(path, { raw: {}, source: this.#sourceOf(name) });
    this.#enter(`${path}.secret`, name, text);
  }

  #enter(path: string, name: string, raw: unknown): void {
    const other = this.entries.get(path);
    if (other !== undefined) this.#refuse(name, path, `set twice, here and by ${other.source}`);
    else this.entries.set(path, { raw, source: this.#sourceOf(name) });
  }

  #refuse(name: string, path: string, text: string): void {
    this.problems.push({ source: this.#sourceOf(name), path, text });
  }

  #sourceOf(name: string): string {
    return `${this.#origin}: ${name}`;
  }
}

function isServiceLink(name: string, text: string): boolean {
  return SERVICE_LINK.test(name) || (SERVICE_LINK_PORT.test(name) && SERVICE_LINK_ADDRESS.test(text));
}

function suggestion(name: string): string {
  const near = closest(name, keysByVariable.keys());
  return near === null ? '' : `; did you mean ${near}?`;
}
