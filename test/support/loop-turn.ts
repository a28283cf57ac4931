/** Lets everything that is ready now be handled: sockets in this process see what was written before. */
export async function loopTurn(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}
