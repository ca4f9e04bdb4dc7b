import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

type Data = Readonly<Record<string, string>>;

/** Why a Secret of type kubernetes.io/tls with this data would break its consumer; undefined where it would not. */
export function tlsProblem(data: Data): string | undefined {
  const chain = certificatesIn(data['tls.crt'] ?? '');
  const [leaf] = chain ?? [];
  if (chain === undefined || leaf === undefined) return 'tls.crt holds no certificate';
  const key = keyIn(data['tls.key'] ?? '');
  if (key === undefined) return 'tls.key holds no private key';
  if (!leaf.checkPrivateKey(key)) return 'the key in tls.key is not that of the first certificate in tls.crt';
  return chainProblem(chain, data['ca.crt']);
}

/** Leaf first, each issued by the next; a leaf by itself only where it is its own issuer, or ca.crt has issued it. */
function chainProblem(chain: readonly X509Certificate[], ca: string | undefined): string | undefined {
  const broken = chain.slice(1).findIndex((issuer, index) => !chain[index]?.checkIssued(issuer));
  if (broken >= 0) return `certificate ${broken + 2} of tls.crt has not issued the one before it`;
  const authorities = ca === undefined ? [] : certificatesIn(ca);
  if (authorities === undefined) return 'ca.crt holds no certificate';
  const [leaf] = chain;
  const isWhole = chain.length > 1 || [leaf, ...authorities].some((issuer) => issuer && leaf?.checkIssued(issuer));
  return isWhole ? undefined : 'tls.crt holds the certificate without its chain';
}

/** Undefined for text that is not a list of certificates. */
function certificatesIn(text: string): readonly X509Certificate[] | undefined {
  try {
    const found = [...text.matchAll(CERTIFICATE)].map(([pem]) => new X509Certificate(pem));
    return found.length > 0 ? found : undefined;
  } catch {
    return undefined;
  }
}

function keyIn(text: string): KeyObject | undefined {
  try {
    return createPrivateKey(text);
  } catch {
    return undefined;
  }
}
