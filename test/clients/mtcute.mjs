// mtcute through its MTProxy transport: key exchange, help.getConfig, a download by parts and an upload.
// node test/clients/mtcute.mjs '{"host":"127.0.0.1","port":8080,"secret":"dd...","dc":2,"dcHost":"127.0.0.1","dcPort":443,
//   "rsaPublicKeyPem":"-----BEGIN RSA PUBLIC KEY-----..."}'

import { createHash } from 'node:crypto';
import { Long, MemoryStorage } from '@mtcute/core';
import { addPublicKey } from '@mtcute/core/utils.js';
import { BaseTelegramClient, MtProxyTcpTransport } from '@mtcute/node';
import { NodeCryptoProvider } from '@mtcute/node/utils.js';
import { drive, uploadContent } from './driver.mjs';

const DOWNLOAD_PART = 256 * 1024;
const UPLOAD_PART = 128 * 1024;

drive('mtcute', async (options, report) => {
  const client = await newClient(options);
  await client.connect();
  const config = await client.call({ _: 'help.getConfig' });
  report.steps.push('config');
  report.thisDc = config.thisDc;
  Object.assign(report, await download(client, options.media ? 'download' : 'main'));
  report.steps.push('download');
  Object.assign(report, await upload(client, options.uploadBytes ?? 300_000));
  report.steps.push('upload');
  await client.destroy();
});

async function newClient(options) {
  const crypto = new NodeCryptoProvider();
  await crypto.initialize?.();
  addPublicKey(crypto, options.rsaPublicKeyPem);
  const { host, port, secret } = options;
  const dc = { id: options.dc ?? 2, ipAddress: options.dcHost, port: options.dcPort, testMode: options.test ?? false };
  return new BaseTelegramClient({
    apiId: 1,
    apiHash: 'simulated',
    crypto,
    storage: new MemoryStorage(),
    updates: false,
    testMode: options.test ?? false,
    transport: new MtProxyTcpTransport({ host, port, secret }),
    defaultDcs: { main: dc, media: { ...dc, mediaOnly: true } },
    network: { usePfs: options.pfs ?? false },
    logLevel: options.logLevel ?? 1,
  });
}

async function download(client, kind) {
  const location = {
    _: 'inputDocumentFileLocation',
    id: Long.ONE,
    accessHash: Long.ONE,
    fileReference: new Uint8Array(0),
    thumbSize: '',
  };
  const hash = createHash('sha256');
  let downloadedBytes = 0;
  for (;;) {
    const offset = Long.fromNumber(downloadedBytes);
    const file = await client.call({ _: 'upload.getFile', location, offset, limit: DOWNLOAD_PART }, { kind });
    hash.update(file.bytes);
    downloadedBytes += file.bytes.length;
    if (file.bytes.length < DOWNLOAD_PART) return { downloadedBytes, downloadSha256: hash.digest('hex') };
  }
}

async function upload(client, uploadedBytes) {
  const content = uploadContent(uploadedBytes);
  const fileId = Long.fromNumber(uploadedBytes);
  const parts = Math.ceil(content.length / UPLOAD_PART);
  const saved = Array.from({ length: parts }, (_, filePart) =>
    client.call({
      _: 'upload.saveBigFilePart',
      fileId,
      filePart,
      fileTotalParts: parts,
      bytes: content.subarray(filePart * UPLOAD_PART, (filePart + 1) * UPLOAD_PART),
    }),
  );
  if (!(await Promise.all(saved)).every(Boolean)) throw new Error('a part was not saved');
  return { uploadedBytes, uploadSha256: createHash('sha256').update(content).digest('hex') };
}
