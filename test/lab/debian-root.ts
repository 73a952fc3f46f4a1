import { createHash } from "node:crypto";
import { cpSync, existsSync, symlinkSync } from "node:fs";
import { access, copyFile, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import sets from "../../scripts/debian-packages.json" with { type: "json" };
import { run } from "./children.ts";
import { labFolder } from "./samba-domain.ts";

/** What a small Debian with systemd and Node.js needs. */
const packages = ["ca-certificates", "libstdc++6", "libatomic1", "systemd", "systemd-sysv", "dbus", "procps"];

/** Why Rollcall cannot be installed on machines of its own here, and what would help; undefined when it can. */
export function whyNoMachines(): string | undefined {
  if (process.env["CI"] !== "true" && process.env["ROLLCALL_MACHINES"] !== "1")
    return "they take minutes: ROLLCALL_MACHINES=1 npm test runs them";
  const missing = Object.entries(sets.machines.packages)
    .filter(([, path]) => !existsSync(path))
    .map(([name]) => name);
  if (missing.length > 0)
    return `these are not installed: sudo apt-get install --no-install-recommends ${missing.join(" ")}`;
  if (process.getuid?.() !== 0) return "they need root";
  return undefined;
}

/**
 * The folder of a small Debian with Node.js and npm, made once (about a minute, from the packages of the mirror that this machine uses) and then only copied.
 */
export async function debianRoot(): Promise<string> {
  const recipe = createHash("sha256").update(packages.join()).update(process.version).digest("hex");
  const folder = join(labFolder, `debian-${recipe.slice(0, 12)}`);
  if (existsSync(folder)) return folder;
  const draft = `${folder}.${process.pid}`;
  await mkdir(labFolder, { recursive: true });
  try {
    const PATH = "/usr/sbin:/usr/bin:/sbin:/bin";
    await run(
      "debootstrap",
      ["--variant=minbase", `--include=${packages.join(",")}`, "bookworm", draft, ...(await mirror())],
      { env: { ...process.env, PATH } },
    );
    await addNode(draft);
    await rename(draft, folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/** The mirror that this machine installs from; none where it names none, and debootstrap takes its own. */
async function mirror(): Promise<readonly string[]> {
  const said = await run("apt-get", ["indextargets", "--format", "$(SITE)"]);
  const site = said.split("\n").find((line) => /\/debian\/?$/.test(line));
  return site === undefined ? [] : [site];
}

/** The Node.js that runs now, the npm of this machine, and the authorities that this machine trusts. */
async function addNode(root: string): Promise<void> {
  const local = join(root, "usr/local");
  await copyFile(process.execPath, join(local, "bin/node"));
  const npm = dirname(dirname(await programPath("npm")));
  cpSync(npm, join(local, "lib/node_modules/npm"), { recursive: true });
  symlinkSync("../lib/node_modules/npm/bin/npm-cli.js", join(local, "bin/npm"));
  const authorities = "etc/ssl/certs/ca-certificates.crt";
  if (await access(join("/", authorities)).then(...yesOrNo))
    await copyFile(join("/", authorities), join(root, authorities));
  await mkdir(join(local, "etc"), { recursive: true });
  await writeFile(join(local, "etc/npmrc"), `cafile=/${authorities}\nupdate-notifier=false\n`);
}

const yesOrNo = [() => true, () => false] as const;

async function programPath(name: string): Promise<string> {
  const found = await run("sh", ["-c", `readlink -f "$(command -v ${name})"`]);
  return found.trim();
}
