// GramJS through its TCPMTProxy connection: key exchange, help.getConfig, an encrypted ping, a download and an upload.
// It speaks abridged with every secret, dd too: the proxy must allow the classic mode.
// node test/clients/gramjs.mjs '{"host":"127.0.0.1","port":8080,"secret":"0123...","dc":2,"dcHost":"127.0.0.1","dcPort":443,
//   "rsaPublicKeyPem":"-----BEGIN RSA PUBLIC KEY-----..."}'

import { createHash, createPublicKey } from 'node:crypto';
import { createRequire } from 'node:module';
import { drive, uploadContent } from './driver.mjs';

const require = createRequire(import.meta.url);
const bigInt = require('big-integer');
const { Api, TelegramClient } = require('telegram');
const { _serverKeys } = require('telegram/crypto/RSA');
const { LogLevel } = require('telegram/extensions/Logger');
const { ConnectionTCPMTProxyAbridged } = require('telegram/network/connection/TCPMTProxy');
const { StringSession } = require('telegram/sessions');

/** Kept in the session and never dialled; the library fails to save a port above 32,767. */
const SESSION_PORT = 443;
const PING_ID = bigInt(4711);
const DOWNLOAD_PART = 256 * 1024;

drive('gramjs', async (options, report) => {
  trust(options.rsaPublicKeyPem);
  const client = newClient(options);
  await client.connect();
  report.steps.push('connect'); // key exchange, then help.getConfig inside initConnection
  const pong = await client.invoke(new Api.Ping({ pingId: PING_ID }));
  if (!PING_ID.equals(pong.pingId)) throw new Error('the pong answers another ping');
  report.steps.push('ping');
  const config = await client.invoke(new Api.help.GetConfig());
  report.thisDc = config.thisDc;
  report.steps.push('config');
  Object.assign(report, await download(client));
  report.steps.push('download');
  Object.assign(report, await upload(client, options.uploadBytes ?? 100_000));
  report.steps.push('upload');
  await client.destroy();
});

/** Adds the data centre's RSA key to the keys that the library knows. */
function trust(pem) {
  const { n, e } = createPublicKey(pem).export({ format: 'jwk' });
  const [modulus, exponent] = [n, e].map((text) => Buffer.from(text, 'base64url'));
  const digest = createHash('sha1').update(tlString(modulus)).update(tlString(exponent)).digest();
  _serverKeys.set(digest.readBigInt64LE(digest.length - 8).toString(), {
    n: bigInt(modulus.toString('hex'), 16),
    e: Number.parseInt(exponent.toString('hex'), 16),
  });
}

function tlString(bytes) {
  const header = bytes.length < 254 ? [bytes.length] : [254, bytes.length & 255, bytes.length >> 8, 0];
  const written = header.length + bytes.length;
  return Buffer.concat([Buffer.from(header), bytes, Buffer.alloc((4 - (written % 4)) % 4)]);
}

function newClient({ host, port, secret, dc = 2, dcHost }) {
  const session = new StringSession('');
  session.setDC(dc, dcHost, SESSION_PORT);
  const client = new TelegramClient(session, 1, 'simulated', {
    connection: ConnectionTCPMTProxyAbridged,
    proxy: { ip: host, port, secret, MTProxy: true },
    connectionRetries: 3, // the library drops a zero at the start of a key, once in 256 exchanges: it then tries again
    requestRetries: 1,
    autoReconnect: false,
  });
  client.setLogLevel(LogLevel.ERROR);
  return client;
}

async function download(client) {
  const location = new Api.InputDocumentFileLocation({
    id: bigInt.one,
    accessHash: bigInt.one,
    fileReference: Buffer.alloc(0),
    thumbSize: '',
  });
  const hash = createHash('sha256');
  let downloadedBytes = 0;
  for (;;) {
    const offset = bigInt(downloadedBytes);
    const { bytes } = await client.invoke(new Api.upload.GetFile({ location, offset, limit: DOWNLOAD_PART }));
    hash.update(bytes);
    downloadedBytes += bytes.length;
    if (bytes.length < DOWNLOAD_PART) return { downloadedBytes, downloadSha256: hash.digest('hex') };
  }
}

async function upload(client, uploadedBytes) {
  const bytes = uploadContent(uploadedBytes);
  const fileId = bigInt(uploadedBytes);
  if (!(await client.invoke(new Api.upload.SaveFilePart({ fileId, filePart: 0, bytes }))))
    throw new Error('the part was not saved');
  return { uploadedBytes, uploadSha256: createHash('sha256').update(bytes).digest('hex') };
}
