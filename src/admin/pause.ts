/** Why no connections are accepted for the moment: descriptors are short, or no process that serves is alive. */
export type Pause = 'descriptors' | 'workers';

interface PauseText {
  readonly reason: string;
  readonly advice: string;
}

const TEXTS: Readonly<Record<Pause, PauseText>> = {
  descriptors: {
    reason: 'file descriptors ran out',
    advice: 'raise the limit of open files (LimitNOFILE, ulimits.nofile, ulimit -n)',
  },
  workers: {
    reason: 'no worker is alive',
    advice: 'see the log of Petrel for why they end; others take their places within 30 seconds',
  },
};

/** The same words wherever a pause is shown. */
export function pauseText(pause: Pause): PauseText {
  return TEXTS[pause];
}
