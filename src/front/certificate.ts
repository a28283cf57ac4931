import type { SiteAddress } from './visit-site.ts';

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

/**
 * Makes a whole TLS handshake as a browser would, with `domain` as the server name.
 * @param signal gives it up, as five seconds do
 */
export async function readCertificate(
  domain: string,
  { endpoint, preface }: SiteAddress,
  signal: AbortSignal,
): Promise<CertificateReading> {
  // Both cost memory: only who asks pays.
  const [net, tls] = await Promise.all([import('node:net'), import('node:tls')]);
  const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  if (limit.aborted) return { kind: 'failed', reason: 'no answer in time' };
  const { promise, resolve } = Promise.withResolvers<CertificateReading>();
  const fail = (reason: string) => resolve({ kind: 'failed', reason });
  const giveUp = () => fail('no answer in time');
  limit.addEventListener('abort', giveUp, { once: true });

  const socket = net.connect(
    'unix' in endpoint ? { path: endpoint.unix } : { host: endpoint.host, port: endpoint.port },
  );
  if (preface !== null) socket.write(preface);
  const secured = tls.connect({ socket, servername: domain, rejectUnauthorized: false });
  for (const end of [socket, secured]) {
    end.on('error', (error) => fail(codeOf(error)));
    end.once('close', () => fail('closed before the handshake was over'));
  }
  secured.once('secureConnect', () => {
    const certificate = secured.getPeerCertificate();
    const isOther = tls.checkServerIdentity(domain, certificate) !== undefined;
    resolve({
      kind: 'read',
      distrust: isOther ? 'it is for another name' : secured.authorized ? null : codeOf(secured.authorizationError),
      validToMs: Date.parse(certificate.valid_to),
      issuer: String(certificate.issuer?.O ?? certificate.issuer?.CN ?? 'unknown'),
    });
  });
  try {
    return await promise;
  } finally {
    limit.removeEventListener('abort', giveUp);
    secured.destroy();
    socket.destroy();
  }
}

function codeOf(error: unknown): string {
  if (typeof error === 'string') return error;
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
