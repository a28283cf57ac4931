// What the drivers of the real client libraries share: options in, one JSON line out, never longer than the deadline.

const DEFAULT_DEADLINE_MS = 25_000;

/**
 * Runs one driver: calls `run(options, report)`, prints `report` as one JSON line and ends the process.
 *
 * `report.ok` is true when `run` came to its end; what it got done before a failure stays in the report.
 */
export function drive(client, run) {
  const options = JSON.parse(process.argv[2] ?? '{}');
  const report = { client, ok: false, steps: [] };
  const print = () => {
    process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(report.ok ? 0 : 1));
  };
  const fail = (error) => {
    report.error ??= String(error?.stack ?? error);
    print();
  };
  setTimeout(() => fail(new Error('the driver did not finish in time')), options.deadlineMs ?? DEFAULT_DEADLINE_MS);
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  // Libraries print to the console; the report must stay the only line on the standard output.
  for (const name of ['log', 'info', 'debug', 'warn']) console[name] = (...words) => console.error(...words);
  run(options, report).then(() => {
    report.ok = true;
    print();
  }, fail);
}

/** Bytes to upload, the same in every run: the first half does not compress, so that its packets are as long as they look. */
export function uploadContent(length) {
  const bytes = Buffer.alloc(length);
  let state = 1;
  for (let i = 0; i < length / 2; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}
