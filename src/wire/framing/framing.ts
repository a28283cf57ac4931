/** How packets are delimited inside the obfuscated2 stream. */
export type Framing = 'abridged' | 'intermediate' | 'padded';

/** The tag at offset 56 of an init header; its four bytes are equal, so byte order does not matter. */
export const FRAMING_TAGS: Record<Framing, number> = {
  abridged: 0xefefefef,
  intermediate: 0xeeeeeeee,
  padded: 0xdddddddd,
};

/** The framing a client announces by `tag` (unsigned 32 bits), or null when it is none of the three. */
export function framingOfTag(tag: number): Framing | null {
  switch (tag) {
    case FRAMING_TAGS.abridged:
      return 'abridged';
    case FRAMING_TAGS.intermediate:
      return 'intermediate';
    case FRAMING_TAGS.padded:
      return 'padded';
    default:
      return null;
  }
}
