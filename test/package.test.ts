import { readdirSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run } from "./lab/children.ts";
import { createCompany } from "./lab/people.ts";
import { expectedDirectory } from "./lab/people-expected.ts";
import { COMPANY_DN, companyLdif } from "./lab/people-ldif.ts";
import { type DomainController, type ServiceAccount, startDomainController } from "./lab/samba.ts";
import { whyNoDomainController } from "./lab/samba-domain.ts";

const root = fileURLToPath(new URL("../", import.meta.url));

/** What `npm pack` says of the archive it made. */
interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

describe("the package", () => {
  let folder: string;
  let packed: Packed;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "rollcall-package-"));
    const said = await run("npm", ["pack", "--json", "--pack-destination", folder], {
      cwd: root,
    });
    // Scripts that npm runs first may print lines of their own.
    const [first] = JSON.parse(said.slice(said.indexOf("[\n"))) as Packed[];
    if (first === undefined) throw new Error(`npm pack said ${said}`);
    packed = first;
    await writeFile(join(folder, "package.json"), JSON.stringify({ name: "site", version: "1.0.0" }));
    const install = [
      "install",
      "--omit=dev",
      "--ignore-scripts",
      "--prefer-offline",
      "--no-audit",
      "--no-fund",
    ];
    await run("npm", [...install, join(folder, packed.filename)], { cwd: folder });
  }, 180_000);

  afterAll(async () => {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  test("holds the command, what was built of the sources, and what is read beside it: nothing else", () => {
    const paths = packed.files.map((file) => file.path);
    const parts = paths.filter((path) => /^dist\/[\w-]+-[\w-]{8}\.js$/.test(path));
    const copied = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.[a-z]+$/.test(name) && !name.endsWith(".ts"))
      .map((name) => `dist/${name}`);
    const built = ["dist/main.js", "dist/packages.txt", ...parts, ...copied];
    const beside = ["config", "docs", "systemd"].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => relative(root, join(entry.parentPath, entry.name))),
    );
    const texts = ["CHANGELOG.md", "LICENSE", "NOTICE", "README.md", "package.json"];
    const expected = ["bin/rollcall.js", "man/rollcall.1", ...built, ...beside, ...texts];
    expect(paths.toSorted()).toEqual(expected.toSorted());
  });

  test("has the licence of every package whose code is in it", async () => {
    const dist = join(folder, "node_modules", "rollcall", "dist");
    const texts = await readFile(join(dist, "packages.txt"), "utf8");
    const codes = await Promise.all(
      readdirSync(dist)
        .filter((name) => name.endsWith(".js"))
        .map((name) => readFile(join(dist, name), "utf8")),
    );
    const inside = codes.flatMap((code) =>
      [...code.matchAll(/^\/\/ .*node_modules\/((?:@[^/\n]+\/)?[^/\n]+)\/.*$/gm)].map(([, name]) => name),
    );
    expect(new Set(inside).size).toBeGreaterThan(20);
    for (const name of new Set(inside)) {
      expect(texts).toMatch(new RegExp(`^- ${name} \\d\\S* \\(`, "m"));
      expect(texts).toMatch(new RegExp(`^=+\n${name} .*\n=+\n\n.{4}`, "m"));
    }
  });

  test("has a bill of materials where it is installed, with every package and its licence", async () => {
    const bill = JSON.parse(await run("npm", ["sbom", "--sbom-format=cyclonedx"], { cwd: folder })) as {
      readonly components: readonly { readonly purl: string; readonly licenses?: readonly unknown[] }[];
    };
    const installed = JSON.parse(await readFile(join(folder, "node_modules/.package-lock.json"), "utf8")) as {
      readonly packages: Readonly<Record<string, { readonly version: string }>>;
    };
    const brought = Object.entries(installed.packages).map(([path, { version }]) => {
      const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
      return `pkg:npm/${name.replace("@", "%40")}@${version}`;
    });
    expect(brought.length).toBeGreaterThan(50);
    const named = bill.components.map(({ purl }) => purl.replace(/\?.*/, ""));
    expect(new Set(named)).toEqual(new Set(brought));
    expect(bill.components.filter(({ licenses }) => licenses === undefined)).toEqual([]);
  });

  test("runs where it is installed, without the sources", async () => {
    const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
      readonly version: string;
    };
    const command = join(folder, "node_modules", ".bin", "rollcall");
    expect((await run(process.execPath, [command, "--version"], { cwd: folder })).trim()).toContain(version);
  });

  const why = process.env["CI"] === "true" ? undefined : whyNoDomainController();

  test.skipIf(why !== undefined)(
    "syncs a small company from a domain controller into the embedded directory",
    async () => {
      const company = createCompany({ seed: 11, people: 60, groups: 6, largeGroup: 50 });
      const dc = await startDomainController({ ldif: companyLdif(company) });
      try {
        const account = await dc.createServiceAccount({ directoryChanges: true });
        await writeFile(join(folder, "rollcall.yaml"), configuration(dc, account, join(folder, "state")));
        await mkdir(join(folder, "state"), { mode: 0o700 });
        await run(
          process.execPath,
          [
            join(folder, "node_modules", ".bin", "rollcall"),
            "sync",
            "--config",
            join(folder, "rollcall.yaml"),
          ],
          { cwd: folder, env: { ...process.env, AD_PASSWORD: account.password } },
        );
        const expected = expectedDirectory(company);
        const file = join(folder, "state", "targets", "directory.directory.db");
        const directory = new Database(file, { readonly: true });
        const names = (kind: string): unknown[] =>
          directory.prepare("select name from resource where kind = ?").pluck().all(kind).toSorted();
        expect(names("user")).toEqual(expected.users.map((user) => user.userName.toLowerCase()).toSorted());
        expect(names("group").length).toBe(expected.groups.length);
        const memberships = directory.prepare("select count(*) from membership").pluck().get();
        expect(memberships).toBe(expected.groups.reduce((sum, group) => sum + group.members.length, 0));
        directory.close();
      } finally {
        await dc.stop();
      }
    },
    120_000,
  );
});

function configuration(dc: DomainController, account: ServiceAccount, state: string): string {
  return `state: ${state}
sources:
  ad:
    type: active-directory
    url: ${dc.url}
    baseDn: ${COMPANY_DN}
    bindDn: ${account.dn}
    bindPassword: { env: AD_PASSWORD }
    ca: { file: ${dc.ca} }
connections:
  staff:
    source: ad
`;
}
