import { createHash, X509Certificate } from 'node:crypto';
import dns from 'node:dns';
import tls from 'node:tls';
import { generate } from 'selfsigned';

/** Host names of several sites in one certificate, signed by a certificate authority of our own. */
export interface TestCertificate {
  /** Private key and certificate (PEM), as servers take them. */
  readonly key: string;
  readonly cert: string;
  /** The certificate authority (PEM). */
  readonly ca: string;
  /** Digest of the public key, by which Chromium can be told to trust the certificate. */
  readonly spki: string;
}

export async function createCertificate(hosts: readonly string[]): Promise<TestCertificate> {
  const elliptic = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const;
  const authority = await generate([{ name: 'commonName', value: 'Browser tests' }], {
    ...elliptic,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, digitalSignature: true, critical: true },
    ],
  });
  const { private: key, cert } = await generate([{ name: 'commonName', value: hosts[0] ?? '' }], {
    ...elliptic,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: hosts.map((value) => ({ type: 2, value })) },
    ],
  });
  const { publicKey } = new X509Certificate(cert);
  const spki = createHash('sha256').update(publicKey.export({ type: 'spki', format: 'der' }));
  return { key, cert, ca: authority.cert, spki: spki.digest('base64') };
}

/**
 * Lets Node reach `*.test` hosts on this machine, and trust our certificate authority besides the
 * usual ones: what a hosts file and NODE_EXTRA_CA_CERTS do, but for a running process. Verification
 * stays on. Returns the way back.
 */
export function trustInThisProcess({ ca }: Pick<TestCertificate, 'ca'>): () => void {
  const { createSecureContext } = tls;
  const { lookup } = dns;
  const trusting: typeof createSecureContext = (options) =>
    createSecureContext({ ca: [...tls.rootCertificates, ca], ...options });
  const local = (host: string, ...rest: unknown[]): void =>
    Reflect.apply(lookup, dns, [host.endsWith('.test') ? '127.0.0.1' : host, ...rest]);
  Object.assign(tls, { createSecureContext: trusting });
  Object.assign(dns, { lookup: local });
  return () => {
    Object.assign(tls, { createSecureContext });
    Object.assign(dns, { lookup });
  };
}
