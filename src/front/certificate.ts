import type { Endpoint } from '../net/endpoint.ts';

/** What a visitor of a site sees of its certificate. */
export type CertificateReading =
  | {
      kind: 'read';
      /** Null when visitors accept it; else why not, in OpenSSL's words. */
      distrust: string | null;
      /** Epoch milliseconds. */
      validToMs: number;
      issuer: string;
    }
  | { kind: 'failed'; reason: string };

const TIMEOUT_MS = 5_000;

/** Makes a whole TLS handshake as a browser would, with `domain` as the server name. */
export async function readCertificate(domain: string, endpoint: Endpoint): Promise<CertificateReading> {
  const { checkServerIdentity, connect } = await import('node:tls'); // costs memory: only who asks pays
  const place = 'unix' in endpoint ? { path: endpoint.unix } : { host: endpoint.host, port: endpoint.port };
  return new Promise((resolve) => {
    const socket = connect({ ...place, servername: domain, rejectUnauthorized: false, timeout: TIMEOUT_MS });
    const end = (reading: CertificateReading) => {
      resolve(reading);
      socket.destroy();
    };
    socket.once('timeout', () => end({ kind: 'failed', reason: 'no answer in time' }));
    socket.once('error', (error) => end({ kind: 'failed', reason: codeOf(error) }));
    socket.once('secureConnect', () => {
      const certificate = socket.getPeerCertificate();
      const { valid_to, issuer } = certificate;
      const isOther = checkServerIdentity(domain, certificate) !== undefined;
      end({
        kind: 'read',
        distrust: isOther ? 'it is for another name' : socket.authorized ? null : codeOf(socket.authorizationError),
        validToMs: Date.parse(valid_to),
        issuer: String(issuer?.O ?? issuer?.CN ?? 'unknown'),
      });
    });
  });
}

function codeOf(error: unknown): string {
  if (typeof error === 'string') return error;
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
