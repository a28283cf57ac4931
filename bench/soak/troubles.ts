import type { World } from './world.ts';

/** What goes wrong around the proxy during one wave of visits. */
export interface Trouble {
  readonly name: string;
  /** Visits may fail meanwhile. */
  readonly excuses: boolean;
  begin(world: World): void;
  /** Again and again during the wave. */
  goOn?(world: World, turn: number): void;
  end(world: World): void;
}

const HOUR_MS = 3_600_000;
const nothing = () => {};

/** Each wave has the next one. */
export const TROUBLES: readonly Trouble[] = [
  { name: 'none', excuses: false, begin: nothing, end: nothing },
  {
    name: 'reloads',
    excuses: false,
    begin: nothing,
    goOn: (world, turn) => world.reload(turn % 2 === 1),
    end: (world) => world.reload(true),
  },
  {
    name: 'a slow data centre',
    excuses: false,
    begin: ({ troubled }) => {
      troubled.faults = { answerDelayMs: 150 };
    },
    end: recover,
  },
  {
    name: 'a data centre that resets everything again and again',
    excuses: true,
    begin: nothing,
    goOn: ({ troubled }) => troubled.resetConnections(),
    end: nothing,
  },
  {
    name: 'a data centre that closes every connection at once',
    excuses: true,
    begin: ({ troubled }) => {
      troubled.faults = { closeOnAccept: true };
    },
    end: recover,
  },
  {
    name: 'a data centre that resets after 100 KB',
    excuses: true,
    begin: ({ troubled }) => {
      troubled.faults = { resetAfterBytes: 100_000 };
    },
    end: recover,
  },
  {
    name: 'a full disk',
    excuses: false,
    begin: (world) => world.setDiskFull(true),
    end: (world) => world.setDiskFull(false),
  },
  clockAt('a clock that jumps an hour ahead', HOUR_MS),
  clockAt('a clock that jumps an hour back', -HOUR_MS),
];

function recover({ troubled }: World): void {
  troubled.faults = {};
}

/** Hellos that are under way while the clock jumps bear the wrong time: those visits are excused. */
function clockAt(name: string, aheadMs: number): Trouble {
  return {
    name,
    excuses: true,
    begin: (world) => world.setClock(aheadMs),
    end: (world) => world.setClock(0),
  };
}
