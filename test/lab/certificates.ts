import { createPrivateKey, generateKeyPairSync, type KeyObject, X509Certificate } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { isIPv4 } from "node:net";
import { join } from "node:path";
import { certificatePem } from "./certificate-der.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

export interface Authority {
  /** PEM files. */
  readonly certificate: string;
  readonly key: string;
  readonly folder: string;
}

export interface ServerCertificate {
  /** PEM files. */
  readonly certificate: string;
  readonly key: string;
}

/** A certificate authority of its own in `folder`: what an admin names as `ca` in the configuration. */
export async function createAuthority(folder: string): Promise<Authority> {
  const files = { key: join(folder, "ca.key"), certificate: join(folder, "ca.pem") };
  const key = newKey();
  const name = "Rollcall lab CA";
  const pem = certificatePem({
    ...{ subject: name, issuer: name, key, signer: key, use: "authority" },
    ...validFor(365),
  });
  await writeFile(files.key, pkcs8(key), { mode: 0o600 });
  await writeFile(files.certificate, pem);
  return { ...files, folder };
}

/** A server certificate for `names` (DNS names or IPv4 addresses), signed by the authority; valid for `days`. */
export async function issueCertificate(
  authority: Authority,
  name: string,
  names: readonly string[],
  days = 90,
): Promise<ServerCertificate> {
  const files = {
    key: join(authority.folder, `${name}.key`),
    certificate: join(authority.folder, `${name}.pem`),
  };
  const signer = createPrivateKey(await readFile(authority.key));
  const issuer = new X509Certificate(await readFile(authority.certificate)).subject.replace(/^CN=/, "");
  const key = newKey();
  const use = {
    dnsNames: names.filter((one) => !isIPv4(one)),
    addresses: names.filter((one) => isIPv4(one)),
  };
  const pem = certificatePem({ ...{ subject: name, issuer, key, signer, use }, ...validFor(days) });
  await writeFile(files.key, pkcs8(key), { mode: 0o600 });
  await writeFile(files.certificate, pem);
  return files;
}

/** From now on; for a number of days below zero it ended so long ago. */
function validFor(days: number): { readonly notBefore: number; readonly notAfter: number } {
  const now = Date.now();
  return { notBefore: now + Math.min(0, days - 1) * DAY_MS, notAfter: now + days * DAY_MS };
}

function newKey(): KeyObject {
  return generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
}

function pkcs8(key: KeyObject): string | Buffer {
  return key.export({ format: "pem", type: "pkcs8" });
}
