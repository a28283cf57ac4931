/** Base of the errors that Petrel raises on purpose: a sentence for people and a code that stays the same for programs. */
export class PetrelError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}
