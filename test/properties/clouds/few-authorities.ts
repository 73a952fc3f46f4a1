import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";

/**
 * From now on this process trusts nobody by itself but the authority of this file: reading the hundred and more of Node and of the system
 * takes a tenth of a second for each new connection, of which thousands of stories make many.
 */
export function trustOnly(caFile: string): void {
  const nothing = mkdtempSync(join(tmpdir(), "rollcall-authorities-"));
  process.env["SSL_CERT_FILE"] = caFile;
  process.env["SSL_CERT_DIR"] = nothing;
  setDefaultCACertificates([]);
  // Read once, and remembered.
  getCACertificates("system");
  rmdirSync(nothing);
}
