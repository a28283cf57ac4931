import { describe, expect, test } from 'bun:test';
import { expectDescriptors, openDescriptors } from '../support/descriptors.ts';
import { RecordingSite } from '../support/origin-site.ts';
import { expectSettled, TestProxy } from '../support/proxy.ts';
import { RawDataCenter } from '../support/raw-data-center.ts';
import type { RawPeer } from '../support/raw-peer.ts';
import { SilentListener } from '../support/silent-listener.ts';
import { type Reached, SILENT_DC, STEPS, type Step, type World } from '../support/steps.ts';

interface Kill {
  readonly name: string;
  /** Whether it can happen at a step. */
  fits(step: Step): boolean;
  kill(reached: Reached, world: World): Promise<void> | void;
}

/** A look at a silent site, whether it is ourselves, goes on for others when the stranger has left: 5 s to connect, and some. */
const LOOK_LIMIT_MS = 8_000;
const always = () => true;
const withFar = ({ has }: Step) => has.includes('far');

const KILLS: readonly Kill[] = [
  // Who only sent FIN may wait for an answer: then the site's own limit counts, and that is five seconds.
  {
    name: 'the client closes',
    fits: ({ isSiteSilent }) => isSiteSilent !== true,
    kill: ({ client }) => client.close(),
  },
  { name: 'the client resets', fits: always, kill: ({ client }) => client.reset() },
  { name: 'the other side closes', fits: withFar, kill: ({ far }) => far?.close() },
  { name: 'the other side resets', fits: withFar, kill: ({ far }) => far?.reset() },
  {
    name: 'both sides reset at once',
    fits: withFar,
    kill({ client, far }) {
      client.reset();
      far?.reset();
    },
  },
  {
    name: 'the operator removes the user',
    fits: ({ has }) => has.includes('user'),
    kill: (_reached, { proxy }) =>
      void proxy.reload({ users: '[users.bob]\nsecret = "ffb1c2d3e4f5061728394a5b6c7d8e9f"' }),
  },
  { name: 'the proxy stops', fits: always, kill: (_reached, { proxy }) => proxy.daemon.stop(0) },
];

const CASES = STEPS.flatMap((step) => KILLS.filter(({ fits }) => fits(step)).map((kill) => ({ step, kill })));

describe.each([0, 4])('with %p connections ahead', (poolSize) => {
  test.each(CASES)('$step.name: $kill.name', async ({ step, kill }) => {
    const before = openDescriptors();
    {
      using silent = await SilentListener.start();
      using dc = new RawDataCenter();
      using site = new RecordingSite({}, leaveWithTheOther);
      await using proxy = new TestProxy({
        dcPort: dc.port,
        sitePort: step.isSiteSilent ? silent.port : site.port,
        dcs: { [SILENT_DC]: `127.0.0.1:${silent.port}` },
        toml: `[telegram]\npool_size = ${poolSize}\nconnect_timeout = "300ms"\n${step.toml ?? ''}`,
        ...(step.users !== undefined && { users: step.users }),
      });
      const standing = openDescriptors();

      const world = { proxy, dc, site };
      const reached = await step.reach(world);
      await kill.kill(reached, world);
      const peers = [reached.client, ...(reached.far === undefined ? [] : [reached.far])];
      for (const peer of peers) leaveWithTheOther(peer);
      await expectSettled(proxy);
      expect(proxy.logLines.filter(({ level }) => level === 'error')).toEqual([]);
      for (const peer of peers) peer.close();
      if (poolSize === 0) await expectDescriptors(standing, LOOK_LIMIT_MS);
    }
    await expectDescriptors(before);
  });
});

/** Whoever is left alone reads what is still to come, and goes too. */
function leaveWithTheOther(peer: RawPeer): void {
  peer.onFin = () => peer.close();
  if (peer.hasFin) peer.close();
  else peer.resume();
}
