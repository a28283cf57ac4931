/** What a simulated data centre does wrong, for tests of those that talk to it. Read anew for every event. */
export interface Faults {
  /** Closes every connection as soon as it is accepted. */
  closeOnAccept?: boolean;
  /** Reads, but never answers. */
  silent?: boolean;
  /** Milliseconds between a message and its answer. */
  answerDelayMs?: number;
  /** Resets a connection after so many bytes, both ways together. */
  resetAfterBytes?: number;
  /** Sends FIN after the first answer, and goes on reading. */
  halfCloseAfterAnswer?: boolean;
}
