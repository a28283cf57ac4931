/** What can steer a terminal or turn text around: C0 and C1 control characters, line separators, directions of writing. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are looked for
const STEERING = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Text from elsewhere (a certificate, a server's answer, a file) as it may be shown or logged: characters that could steer a
 * terminal become their escapes, such as `\u001b`.
 */
export function printable(text: string): string {
  return text.replace(STEERING, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
