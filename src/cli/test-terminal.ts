import type { Terminal } from './terminal.ts';

/** A terminal that keeps what is written to it. */
export class TestTerminal implements Terminal {
  written = '';
  errors = '';
  isDeserted = false;
  readonly env: Record<string, string>;
  readonly cwd: string;
  readonly isTerminal: boolean;
  readonly hasColour: boolean;
  columns: number;
  readonly rows: number;

  constructor(about: Partial<Pick<Terminal, 'cwd' | 'isTerminal' | 'hasColour' | 'columns' | 'rows'>> = {}, env = {}) {
    this.env = env;
    this.cwd = about.cwd ?? '/nowhere';
    this.isTerminal = about.isTerminal ?? false;
    this.hasColour = about.hasColour ?? false;
    this.columns = about.columns ?? 80;
    this.rows = about.rows ?? 24;
  }

  out(text: string): void {
    this.written += text;
  }

  err(text: string): void {
    this.errors += text;
  }
}
