import { expect, test } from 'bun:test';
import { SimulatedDataCenter } from '../../src/demo/telegram/data-center.ts';
import { FILE_BYTES } from '../../src/demo/telegram/file-shelf.ts';
import { type SecretKind, secretHex } from '../../src/wire/secret.ts';
import { expectSettled, secretOf, TestProxy } from '../support/proxy.ts';
import { type ClientLibrary, type ClientResult, type ClientRun, runClient } from './clients.ts';

const LIMIT_MS = 40_000;

/** Each library as it is started most often, and what it is made to do besides. */
const RUNS: [ClientLibrary, SecretKind, string, Partial<ClientRun>][] = [
  ['mtcute', 'plain', 'DC 2', {}],
  ['mtcute', 'dd', 'DC 4 and its media connection', { dc: 4, media: true }],
  ['mtcute', 'ee', 'test DC 2, its media connection, temporary keys', { pfs: true, test: true, media: true }],
  ['gramjs', 'plain', 'DC 2', {}],
  ['gramjs', 'dd', 'DC 5, in the classic mode', { dc: 5 }],
  ['tdlib', 'plain', 'DC 4', { dc: 4 }],
  ['tdlib', 'dd', 'DC 2', {}],
  ['tdlib', 'ee', 'DC 2, session with the test servers', { test: true }],
];

const STEPS: Record<ClientLibrary, string[]> = {
  mtcute: ['config', 'download', 'upload'],
  gramjs: ['connect', 'ping', 'config', 'download', 'upload'],
  tdlib: ['testProxy', 'connect', 'pingProxy', 'request'],
};

test.each(RUNS)(
  '%s with a %s secret: %s',
  async (library, kind, _what, options) => {
    const dataCenter = SimulatedDataCenter.start();
    await using proxy = new TestProxy({ dcPort: dataCenter.port });
    const secret = secretHex(secretOf(kind));
    const result = await runClient(library, { host: '127.0.0.1', port: proxy.port, secret, dataCenter, ...options });
    expect({ ok: result.ok, error: result.error, steps: result.steps }).toEqual({
      ok: true,
      error: undefined,
      steps: STEPS[library],
    });
    if (library !== 'tdlib') expectFiles(result, dataCenter);
    expect(dataCenter.counters.malformed).toBe(0);
    await expectSettled(proxy);
    dataCenter.stop();
  },
  LIMIT_MS,
);

function expectFiles(result: ClientResult, { files }: SimulatedDataCenter): void {
  expect([result.downloadedBytes, result.downloadSha256]).toEqual([FILE_BYTES, files.fileHash]);
  expect(files.uploads().map(({ bytes, sha256 }) => [bytes, sha256])).toEqual([
    [result.uploadedBytes ?? 0, result.uploadSha256 ?? ''],
  ]);
}

test(
  'a driver tells that a proxy refuses its secret',
  async () => {
    const dataCenter = SimulatedDataCenter.start();
    await using proxy = new TestProxy({ dcPort: dataCenter.port });
    const secret = secretHex(secretOf('ee', 'ffffffffffffffffffffffffffffffff'));
    const run = { host: '127.0.0.1', port: proxy.port, secret, dataCenter, deadlineMs: 3_000 };
    const results = await Promise.all([runClient('mtcute', run), runClient('tdlib', { ...run, session: false })]);
    for (const { ok, steps, error } of results) expect([ok, steps, typeof error]).toEqual([false, [], 'string']);
    expect(dataCenter.counters.pqRequests).toBe(0);
    dataCenter.stop();
  },
  LIMIT_MS,
);
