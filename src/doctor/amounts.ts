import { countText } from '../kit/figures-text.ts';

/** "1 process", "2 processes". */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${countText(count)} ${count === 1 ? one : many}`;
}

/** Milliseconds, whole from ten on: "0.4 ms", "41 ms". */
export function latencyText(ms: number): string {
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}
