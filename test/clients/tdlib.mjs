// TDLib through a proxy: testProxy (a whole key exchange), then a session: key exchange, pingProxy, an encrypted request.
// node test/clients/tdlib.mjs '{"host":"127.0.0.1","port":8080,"secret":"ee...","dc":2,
//   "rsaPublicKeyPem":"-----BEGIN RSA PUBLIC KEY-----..."}'
//
// Nothing is ever dialled but the proxy: until the proxy is enabled, the network is switched off.

import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drive } from './driver.mjs';
import { patchedTdlib } from './patched-tdlib.mjs';

const require = createRequire(import.meta.url);
const { getTdjson } = require('prebuilt-tdlib');
const tdl = require('tdl');

const EXCHANGE_SECONDS = 15;
const NOT_SIMULATED = 'METHOD_NOT_SIMULATED';

drive('tdlib', async (options, report) => {
  const folder = mkdtempSync(join(tmpdir(), 'tdlib-client-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const tdjson = patchedTdlib(getTdjson(), options.rsaPublicKeyPem, folder);
  tdl.configure({ tdjson, verbosityLevel: options.logLevel ?? 1 });
  const { host, port, secret } = options;
  const proxy = { _: 'proxy', server: host, port, type: { _: 'proxyTypeMtproto', secret } };
  await testProxy(proxy, options.dc ?? 2, report);
  if (options.session !== false) await session(proxy, folder, options, report);
});

/** A key exchange with the data centre, without a session. */
async function testProxy(proxy, dc, report) {
  const client = tdl.createBareClient();
  await client.invoke({ _: 'testProxy', proxy, dc_id: dc, timeout: EXCHANGE_SECONDS });
  report.steps.push('testProxy');
}

/** What an app does at its first start: proxy on, key exchange with temporary keys, help.getConfig, a request. */
async function session(proxy, folder, options, report) {
  const client = tdl.createBareClient();
  const updates = watch(client);
  // Requests that come before the parameters wait for them and are carried out first.
  const offline = client.invoke({ _: 'setNetworkType', type: { _: 'networkTypeNone' } });
  const added = client.invoke({ _: 'addProxy', proxy, enable: true });
  await client.invoke({ _: 'setTdlibParameters', ...parameters(folder, options) });
  await Promise.all([offline, added]);
  await client.invoke({ _: 'setNetworkType', type: { _: 'networkTypeOther' } });
  await updates.connectionState('connectionStateReady');
  report.steps.push('connect');
  report.pingSeconds = (await client.invoke({ _: 'pingProxy', proxy })).seconds;
  report.steps.push('pingProxy');
  await request(client);
  report.steps.push('request');
  await client.invoke({ _: 'close' });
}

/** Asks for a login code: the simulated data centre refuses it by name, under the session's key. */
async function request(client) {
  const error = await client.invoke({ _: 'setAuthenticationPhoneNumber', phone_number: '+9996621234' }).then(
    () => new Error('the request was not refused'),
    (refusal) => refusal,
  );
  if (!String(error.message).includes(NOT_SIMULATED)) throw error;
}

function watch(client) {
  let state = null;
  let waiting = () => {};
  client.on('update', (update) => {
    if (update._ !== 'updateConnectionState') return;
    state = update.state._;
    waiting();
  });
  return {
    connectionState: (wanted) =>
      new Promise((resolve) => {
        waiting = () => state === wanted && resolve();
        waiting();
      }),
  };
}

function parameters(folder, options) {
  return {
    use_test_dc: options.test ?? false,
    database_directory: join(folder, 'database'),
    files_directory: join(folder, 'files'),
    api_id: 1,
    api_hash: 'simulated',
    system_language_code: 'en',
    device_model: 'simulated',
    application_version: '1',
  };
}
