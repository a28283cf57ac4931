import { readFileSync } from 'node:fs';

/**
 * Loaded before the proxy (`bun --preload`): its clock is as far ahead as the file CLOCK_OFFSET_FILE says (milliseconds), read
 * anew at each SIGUSR2, as when an operator or a time daemon sets the clock. Timers go on by the monotonic clock, as on a real machine.
 */
const file = process.env['CLOCK_OFFSET_FILE'] ?? '';
const realNow = Date.now;
const RealDate = Date;
let offsetMs = 0;

Date.now = () => realNow() + offsetMs;
globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, self) => Reflect.construct(target, args.length === 0 ? [Date.now()] : args, self),
}) as DateConstructor;
process.on('SIGUSR2', () => {
  offsetMs = Number(readFileSync(file, 'utf8'));
});
