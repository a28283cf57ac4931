import { SimulatedClient } from '../../src/demo/client/simulated-client.ts';
import { SimulatedDataCenter } from '../../src/demo/telegram/data-center.ts';
import { equal } from '../../src/kit/bytes.ts';
import { systemRandom } from '../../src/kit/random.ts';
import { readSecret } from '../../src/wire/secret.ts';

/**
 * Both ends of a session for test/docker.sh, on loopback.
 *
 *   data-center          writes its port and serves until its input ends
 *   client PORT SECRET   sends bytes through the proxy at PORT; exits 0 when they come back
 */
const ECHO_BYTES = 100_000;

async function serveDataCenter(): Promise<void> {
  const dataCenter = SimulatedDataCenter.start();
  console.log(dataCenter.port);
  await Bun.stdin.text();
  dataCenter.stop();
}

async function echo(port: string | undefined, secretText: string | undefined): Promise<void> {
  const reading = readSecret(secretText ?? '');
  if (reading.kind === 'reject') throw new Error(reading.reason);
  const client = await SimulatedClient.connect({ host: '127.0.0.1', port: Number(port), secret: reading.secret });
  const bytes = systemRandom(ECHO_BYTES);
  if (!equal(await client.echo(bytes), bytes)) throw new Error('other bytes came back');
  client.close();
}

const [role, ...rest] = Bun.argv.slice(2);
await (role === 'data-center' ? serveDataCenter() : echo(rest[0], rest[1]));
