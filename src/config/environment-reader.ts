import { MAX_USERS } from './bounds.ts';
import { portHint } from './hints/number-hint.ts';
import { commonHint } from './hints/words.ts';
import { type Entry, type Layer, writtenValue } from './layer.ts';
import { meantByOwn, nearMiss } from './near-miss.ts';
import { describeFound, type Problem } from './problem.ts';
import { MAX_PORT } from './types/numbers.ts';
import { keysByVariable, PREFIX, portKeysByVariable, USER_SECRET } from './variables.ts';

type Origin = 'environment' | '.env';

const PORT_AT_END = /:\d+$/;
/** What Kubernetes sets in every pod beside a service called "petrel" or "petrel-…"; ports beside one of any name. */
const SERVICE_LINK =
  /^PETREL_(?:\w+_)?(?:SERVICE_HOST|SERVICE_PORT\w*|PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)$/;
const SERVICE_LINK_PORT = /^\w+_PORT$/;
const SERVICE_LINK_ADDRESS = /^(?:tcp|udp|sctp):\/\//;

/** Sorts variables into entries, problems and notices. */
export class EnvironmentReader implements Layer {
  readonly entries = new Map<string, Entry>();
  readonly problems: Problem[];
  readonly notices: Problem[] = [];
  readonly #origin: Origin;

  constructor(origin: Origin, problems: readonly Problem[]) {
    this.#origin = origin;
    this.problems = [...problems];
  }

  read(variables: ReadonlyMap<string, string>, below: readonly Layer[]): void {
    const given = [...variables]
      .map(([name, value]) => [name, value.trim()] as const)
      .filter(([, text]) => text !== '');
    const own = given.filter(([name, text]) => !isServiceLink(name, text));
    for (const [name, text] of own) this.#readKey(name, text);
    for (const [name, text] of own) {
      const declared = portKeysByVariable.get(name);
      if (declared !== undefined) this.#readPort(name, text, declared.path, below);
    }
  }

  #readKey(name: string, text: string): void {
    const declared = keysByVariable.get(name);
    const userNumber = USER_SECRET.exec(name)?.[1];
    if (declared !== undefined) this.#enter(declared.path, name, declared.key.type.fromText?.(text));
    else if (userNumber !== undefined) this.#enterUser(userNumber, name, text);
    else if (name.startsWith(PREFIX)) this.#refuse(name, '', `unknown variable${meantByOwn(name)}`);
    else if (!portKeysByVariable.has(name)) this.#lookAt(name);
  }

  #lookAt(name: string): void {
    const text = nearMiss(name, this.#origin === '.env');
    if (text !== null) this.note(name, text);
  }

  #readPort(name: string, text: string, path: string, below: readonly Layer[]): void {
    if (!/^\d{1,5}$/.test(text) || !isPort(Number(text))) {
      const hint = portHint(text, isPort) ?? commonHint(text);
      const found = `${describeFound(text, false)}${hint === null ? '' : `; ${hint}`}`;
      this.#refuse(name, path, `expected a port from 1 to ${MAX_PORT}; found ${found}`);
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

  /** Takes note of what is accepted and most likely a mistake. */
  note(name: string, text: string): void {
    this.notices.push({ source: this.#sourceOf(name), path: '', text });
  }

  #refuse(name: string, path: string, text: string): void {
    this.problems.push({ source: this.#sourceOf(name), path, text });
  }

  #sourceOf(name: string): string {
    return `${this.#origin}: ${name}`;
  }
}

function isPort(number: number): boolean {
  return number >= 1 && number <= MAX_PORT;
}

function isServiceLink(name: string, text: string): boolean {
  return SERVICE_LINK.test(name) || (SERVICE_LINK_PORT.test(name) && SERVICE_LINK_ADDRESS.test(text));
}
