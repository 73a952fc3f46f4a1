import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { access, mkdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sets from "../../scripts/debian-packages.json" with { type: "json" };
import { privilegedLauncher, run } from "./children.ts";

export const labFolder = fileURLToPath(new URL("../../.lab/", import.meta.url));
const provisionScript = fileURLToPath(new URL("provision.py", import.meta.url));

/** The password of Administrator@lab.example in every copy of the domain. */
export const labAdminPassword = "Passw0rd!Lab";

/** Why this machine cannot start a domain controller, and what would help; undefined when it can. */
export function whyNoDomainController(): string | undefined {
  const machine = process.arch === "arm64" ? "aarch64" : "x86_64";
  const missing = Object.entries(sets.samba.packages)
    .filter(([, path]) => !existsSync(path.replace("{machine}", machine)))
    .map(([name]) => name);
  if (missing.length > 0) {
    return `Samba is not installed: sudo apt-get install --no-install-recommends ${missing.join(" ")}`;
  }
  if (process.getuid?.() === 0 || existsSync(privilegedLauncher)) return undefined;
  return 'ports 389 and 636 are for root alone: start "npm test" once as root or with a sudo that asks for no password';
}

/**
 * The folder of a freshly provisioned domain, made once for each version of Samba and of provision.py (about 4 s) and then only
 * copied. Two test files may come here at once: whoever is second throws its own away.
 */
export async function provisionedDomain(): Promise<string> {
  const version = await run("/usr/sbin/samba", ["--version"]);
  const recipe = await readFile(provisionScript);
  const digest = createHash("sha256").update(version).update(recipe).digest("hex").slice(0, 12);
  const folder = join(labFolder, `domain-${digest}`);
  if (await exists(folder)) return folder;
  const draft = `${folder}.${process.pid}-${Math.random().toString(16).slice(2, 8)}`;
  await mkdir(labFolder, { recursive: true });
  try {
    await run("/usr/bin/python3", [provisionScript, draft], {
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LAB_ADMIN_PASSWORD: labAdminPassword },
    });
    await rename(draft, folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!(await exists(folder))) throw error;
  }
  return folder;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
