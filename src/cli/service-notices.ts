import { utf8 } from '../kit/bytes.ts';
import type { Log } from '../kit/log.ts';
import { monotonicMicros } from '../net/libc.ts';
import { sendUnixDatagram } from '../net/unix-datagram.ts';

/**
 * Tells the service manager how the proxy stands (systemd's `Type=notify`); nothing where none asked for it.
 *
 * @see sd_notify(3)
 */
export class ServiceNotices {
  readonly #socket: string;
  readonly #log: Log;

  /** @param socket the value of NOTIFY_SOCKET */
  constructor(socket: string | undefined, log: Log) {
    this.#socket = socket ?? '';
    this.#log = log;
  }

  /** It serves: at the start, and again when a reload is over. @param status one line for `systemctl status` */
  ready(status: string): void {
    this.#send('READY=1', `STATUS=${status}`);
  }

  /** A reload begins; `ready` ends it. The time tells it from reloads before (`Type=notify-reload`). */
  reloading(): void {
    this.#send('RELOADING=1', `MONOTONIC_USEC=${monotonicMicros()}`, 'STATUS=reloading the configuration');
  }

  /** @param status why it still runs */
  stopping(status: string): void {
    this.#send('STOPPING=1', `STATUS=${status}`);
  }

  #send(...lines: readonly string[]): void {
    if (this.#socket === '') return;
    const failure = sendUnixDatagram(this.#socket, utf8(lines.join('\n')));
    if (failure !== null) this.#log.warn('the service manager was not told', { socket: this.#socket, reason: failure });
  }
}
