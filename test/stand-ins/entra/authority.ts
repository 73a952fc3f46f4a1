import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAuthority, issueCertificate } from "../../lab/certificates.ts";

export interface TlsIdentity {
  /** PEM texts. */
  readonly certificate: string;
  readonly key: string;
  readonly ca: string;
  /** The file that `ca` is the text of. */
  readonly caFile: string;
}

let shared: Promise<TlsIdentity> | undefined;

/** A certificate for localhost from an authority that this process keeps: making one takes longer than most tests. */
export function sharedTls(): Promise<TlsIdentity> {
  shared ??= newTls();
  return shared;
}

/** From an authority of its own, which nobody trusts yet. Its folder goes when the process does. */
export async function newTls(): Promise<TlsIdentity> {
  const folder = mkdtempSync(join(tmpdir(), "rollcall-entra-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const authority = await createAuthority(folder);
  const server = await issueCertificate(authority, "localhost", ["localhost", "127.0.0.1"]);
  return {
    certificate: readFileSync(server.certificate, "utf8"),
    key: readFileSync(server.key, "utf8"),
    ca: readFileSync(authority.certificate, "utf8"),
    caFile: authority.certificate,
  };
}
