import type { Socket } from 'bun';

/**
 * The yardstick: the least that any relay on this runtime does. Bytes are copied between two sockets with back-pressure;
 * no protocol, no cryptography, no limits. Usage: `bun bench/floor.ts DC_PORT`; prints its port.
 */
class Side {
  readonly socket: Socket<Side>;
  other: Side | null = null;
  rest: Uint8Array | null = null;

  constructor(socket: Socket<Side>) {
    this.socket = socket;
  }

  send(bytes: Uint8Array, source: Side): void {
    const taken = this.socket.write(bytes);
    if (taken < 0 || taken === bytes.length) return;
    this.rest = bytes.subarray(taken);
    source.socket.pause();
  }

  flush(): void {
    if (this.rest === null) return;
    const taken = this.socket.write(this.rest);
    if (taken < 0) return;
    this.rest = taken === this.rest.length ? null : this.rest.subarray(taken);
    if (this.rest === null) this.other?.socket.resume();
  }
}

const dcPort = Number(process.argv[2]);

const shared = {
  data(socket: Socket<Side>, chunk: Uint8Array) {
    const { data: side } = socket;
    side.other?.send(chunk, side);
  },
  drain(socket: Socket<Side>) {
    socket.data?.flush();
  },
  end(socket: Socket<Side>) {
    socket.data.other?.socket.end();
    socket.end();
  },
  close(socket: Socket<Side>) {
    socket.data?.other?.socket.end();
  },
  error() {},
};

const server = Bun.listen<Side>({
  hostname: '127.0.0.1',
  port: 0,
  allowHalfOpen: true,
  socket: {
    ...shared,
    open(socket) {
      const client = new Side(socket);
      socket.data = client;
      socket.pause();
      void Bun.connect<Side>({
        hostname: '127.0.0.1',
        port: dcPort,
        allowHalfOpen: true,
        socket: {
          ...shared,
          open(far) {
            far.data = new Side(far);
            far.data.other = client;
            client.other = far.data;
            socket.resume();
          },
        },
      });
    },
  },
});
console.log(JSON.stringify({ port: server.port }));
