import { X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createAuthority, issueCertificate } from "../../lab/certificates.ts";
import { DAY_MS } from "./switches.ts";

export interface TlsIdentity {
  /** PEM texts. */
  readonly certificate: string;
  readonly key: string;
  readonly ca: string;
  /** The file that `ca` is the text of. */
  readonly caFile: string;
  /** Takes the files away, where they are this tenant's alone. */
  remove(): Promise<void>;
}

const lab = fileURLToPath(new URL("../../../.lab/", import.meta.url));
const kept = join(lab, "entra-tls");
let shared: Promise<TlsIdentity> | undefined;

/** A certificate for localhost that is kept beside the lab's other things: making one takes longer than most tests. */
export function sharedTls(): Promise<TlsIdentity> {
  shared ??= keptTls();
  return shared;
}

/** From an authority of its own, which nobody trusts yet. */
export async function newTls(): Promise<TlsIdentity> {
  const folder = await mkdtemp(join(tmpdir(), "rollcall-entra-"));
  await fill(folder);
  return read(folder, () => rm(folder, { recursive: true, force: true }));
}

async function keptTls(): Promise<TlsIdentity> {
  if (!isGood()) {
    await mkdir(lab, { recursive: true });
    const folder = await mkdtemp(join(lab, "entra-tls-"));
    await fill(folder);
    // Other test processes do the same right now: the first one's is everybody's.
    if (existsSync(kept) && !isGood()) await rm(kept, { recursive: true, force: true });
    await rename(folder, kept).catch(() => rm(folder, { recursive: true }));
  }
  return read(kept, async () => {});
}

/** Whether the kept certificate lives for some days more. */
function isGood(): boolean {
  const file = join(kept, "localhost.pem");
  if (!existsSync(file)) return false;
  return Date.parse(new X509Certificate(readFileSync(file)).validTo) - Date.now() > 7 * DAY_MS;
}

async function fill(folder: string): Promise<void> {
  await issueCertificate(await createAuthority(folder), "localhost", ["localhost", "127.0.0.1"]);
}

function read(folder: string, remove: () => Promise<void>): TlsIdentity {
  const file = (name: string): string => readFileSync(join(folder, name), "utf8");
  return {
    certificate: file("localhost.pem"),
    key: file("localhost.key"),
    ca: file("ca.pem"),
    caFile: join(folder, "ca.pem"),
    remove,
  };
}
