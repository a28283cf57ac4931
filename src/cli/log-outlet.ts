/** A reader that is stuck may leave so much text waiting in memory: some thousand lines, more than any burst of complaints. */
const MOST_WAITING_CHARACTERS = 256 * 1024;

/** Where lines go, such as the standard error. */
export interface LineSink {
  /** @param taken called when the reader, or the file, has it, or never will */
  write(text: string, taken: () => void): unknown;
}

/**
 * Passes log lines on to whoever reads them. A pipe whose reader is stuck holds nobody up and fills no memory: lines are dropped, and
 * counted in a line of their own when the reader goes on.
 */
export class LogOutlet {
  readonly #sink: LineSink;
  readonly #tellDropped: (lines: number) => void;
  readonly #mostWaiting: number;
  #waiting = 0;
  #dropped = 0;

  /** @param tellDropped writes a line about those that were dropped */
  constructor(sink: LineSink, tellDropped: (lines: number) => void, mostWaiting = MOST_WAITING_CHARACTERS) {
    this.#sink = sink;
    this.#tellDropped = tellDropped;
    this.#mostWaiting = mostWaiting;
  }

  write(line: string): void {
    if (this.#waiting + line.length > this.#mostWaiting) this.#dropped += 1;
    else this.#pass(`${line}\n`);
  }

  #pass(text: string): void {
    this.#waiting += text.length;
    this.#sink.write(text, () => {
      this.#waiting -= text.length;
      if (this.#waiting === 0 && this.#dropped > 0) this.#tell();
    });
  }

  #tell(): void {
    const lines = this.#dropped;
    this.#dropped = 0;
    this.#tellDropped(lines);
  }
}
