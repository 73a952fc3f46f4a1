import { createPrivateKey, X509Certificate } from "node:crypto";
import { ConfigurationError } from "../../../errors.ts";

const HINT = "put certificate and unencrypted private key, both PEM, one after the other into the file";

/** Refuses a file that Entra ID would not take, before the login fails without a word of why. Returns its certificate. */
export function checkedCertificate(pem: string, file: string): X509Certificate {
  const problem = (what: string, cause?: unknown) =>
    new ConfigurationError(`certificate: ${file} ${what}`, { cause, hint: HINT });
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem);
  } catch (cause) {
    throw problem("holds no certificate in PEM form", cause);
  }
  if (/ENCRYPTED/.test(pem)) throw problem("holds an encrypted private key");
  let key: ReturnType<typeof createPrivateKey>;
  try {
    key = createPrivateKey(pem);
  } catch (cause) {
    throw problem("holds no private key in PEM form", cause);
  }
  if (key.asymmetricKeyType !== "rsa")
    throw problem("holds a key that is not RSA, which Entra ID does not take");
  if (!certificate.checkPrivateKey(key)) throw problem("holds a private key of another certificate");
  return certificate;
}
