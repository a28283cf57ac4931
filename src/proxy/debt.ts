/** What was done in vain, paid off as time goes by. */
export class Debt {
  readonly #perSecond: number;
  #amount = 0;
  #atMs: number;

  constructor(perSecond: number, now: number) {
    this.#perSecond = perSecond;
    this.#atMs = now;
  }

  add(amount: number, now: number): void {
    this.#payOff(now);
    this.#amount += amount;
  }

  isOver(now: number): boolean {
    this.#payOff(now);
    return this.#amount > this.#perSecond;
  }

  #payOff(now: number): void {
    this.#amount = Math.max(0, this.#amount - ((now - this.#atMs) * this.#perSecond) / 1_000);
    this.#atMs = now;
  }
}
