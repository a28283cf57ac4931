import { connect, type TLSSocket } from 'node:tls';

/** What a real TLS client got to see. */
export interface HttpsVisit {
  /** SHA-256 of the certificate, as the runtime prints it. */
  readonly fingerprint: string;
  /** The certificate is the one that was to be trusted, and carries the name that was asked for. */
  readonly isTrusted: boolean;
  readonly protocol: string | null;
  readonly answer: string;
}

/** Fetches the root page over HTTPS with the runtime's own TLS client. @param trusted PEM */
export function visitHttps(options: { port: number; serverName: string; trusted: string }): Promise<HttpsVisit> {
  const { port, serverName, trusted } = options;
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket: TLSSocket = connect({ host: '127.0.0.1', port, servername: serverName, ca: trusted }, () => {
      socket.write(`GET / HTTP/1.1\r\nHost: ${serverName}\r\nConnection: close\r\n\r\n`);
    });
    const seen = () => ({
      fingerprint: socket.getPeerCertificate().fingerprint256,
      isTrusted: socket.authorized,
      protocol: socket.getProtocol(),
    });
    let visit = { fingerprint: '', isTrusted: false, protocol: null as string | null };
    socket.on('secureConnect', () => {
      visit = seen();
    });
    socket.on('data', (chunk) => {
      answer += String(chunk);
    });
    socket.on('end', () => resolve({ ...visit, answer }));
    socket.on('error', reject);
  });
}
