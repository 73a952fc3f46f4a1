import { writeFile } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import { run } from "./children.ts";

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
  const key = join(folder, "ca.key");
  const certificate = join(folder, "ca.pem");
  await openssl([
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-sha256"],
    ...["-subj", "/O=Rollcall lab/CN=Rollcall lab CA", "-days", "365", "-keyout", key, "-out", certificate],
    ...["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign"],
  ]);
  return { certificate, key, folder };
}

/** A server certificate for `names` (DNS names or IP addresses), signed by the authority; valid for `days`. */
export async function issueCertificate(
  authority: Authority,
  name: string,
  names: readonly string[],
  days = 90,
): Promise<ServerCertificate> {
  const key = join(authority.folder, `${name}.key`);
  const request = join(authority.folder, `${name}.csr`);
  const certificate = join(authority.folder, `${name}.pem`);
  const extensions = join(authority.folder, `${name}.ext`);
  const subjects = names.map((entry) => (isIP(entry) === 0 ? `DNS:${entry}` : `IP:${entry}`));
  await writeFile(
    extensions,
    `basicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth\nsubjectAltName=${subjects.join(",")}\n`,
  );
  await openssl([
    ...["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-sha256"],
    ...["-subj", `/CN=${name}`, "-keyout", key, "-out", request],
  ]);
  await openssl([
    ...["x509", "-req", "-in", request, "-CA", authority.certificate, "-CAkey", authority.key, "-sha256"],
    ...[
      "-days",
      String(days),
      "-set_serial",
      String(Date.now()),
      "-extfile",
      extensions,
      "-out",
      certificate,
    ],
  ]);
  return { certificate, key };
}

function openssl(args: readonly string[]): Promise<string> {
  return run("openssl", args);
}
