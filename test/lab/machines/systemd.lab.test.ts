import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type EntraTenant, startEntraTenant } from "../../stand-ins/entra/tenant.ts";
import { run } from "../children.ts";
import { debianRoot, whyNoMachines } from "../debian-root.ts";
import { installPackage, Machine } from "./machine.ts";

const project = fileURLToPath(new URL("../../../", import.meta.url));
const why = whyNoMachines();
if (why !== undefined) console.log(`Skipped: the service in systemd, because ${why}`);

/** The service as docs/systemd.md says how to install it, on a machine of its own that systemd boots. The tests tell one story. */
describe.skipIf(why !== undefined)("the service", () => {
  let folder: string;
  let root: string;
  let machine: Machine;
  let tenant: EntraTenant;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "rollcall-machine-"));
    root = join(folder, "root");
    tenant = await startEntraTenant();
    for (let n = 0; n < 20; n++)
      tenant.createUser({ userPrincipalName: `p${n}@contoso.example`, displayName: `Person ${n}` });
    cpSync(await debianRoot(), root, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
    await install();
    machine = await Machine.boot(root, join(folder, "console.log"));
    await machine.must("systemd-sysusers");
    for (const [name, group] of [
      ["ann", "rollcall-operate"],
      ["vic", "rollcall-view"],
      ["sam", "users"],
    ] as const)
      await machine.must("useradd", "--groups", group, name);
  }, 300_000);

  afterAll(async () => {
    await machine?.stop();
    await tenant?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  async function install(): Promise<void> {
    await run("npm", ["pack", "--pack-destination", folder], { cwd: project });
    const { version } = JSON.parse(readFileSync(join(project, "package.json"), "utf8")) as {
      readonly version: string;
    };
    await installPackage(join(folder, `rollcall-${version}.tgz`), root, "usr");
    const shared = join(root, "usr/lib/node_modules/rollcall/systemd");
    const units = join(root, "etc/systemd/system");
    mkdirSync(join(root, "usr/lib/sysusers.d"), { recursive: true });
    cpSync(join(shared, "rollcall.sysusers.conf"), join(root, "usr/lib/sysusers.d/rollcall.conf"));
    cpSync(join(shared, "rollcall.service"), join(units, "rollcall.service"));
    mkdirSync(join(units, "rollcall.service.d"), { recursive: true });
    cpSync(join(shared, "rollcall-groups.conf"), join(units, "rollcall.service.d/groups.conf"));
    writeFileSync(join(root, "etc/hosts"), "127.0.0.1 localhost\n");
    mkdirSync(join(root, "etc/rollcall"));
    mkdirSync(join(root, "etc/rollcall/credentials"), { mode: 0o700 });
    writeFileSync(join(root, "etc/rollcall/credentials/entra"), `${tenant.clientSecret}\n`, { mode: 0o600 });
    writeFileSync(join(root, "etc/rollcall/ca.pem"), tenant.ca);
    configure();
    writeFileSync(
      join(units, "rollcall.service.d/local.conf"),
      "[Service]\nLoadCredential=entra:/etc/rollcall/credentials/entra\nWatchdogSec=4s\n",
    );
  }

  function configure(more = ""): void {
    const { tenantId, clientId, loginUrl, graphUrl } = tenant;
    const source = {
      type: "entra",
      tenantId,
      clientId,
      clientSecret: { credential: "entra" },
      endpoints: { login: loginUrl, graph: graphUrl },
      ca: { file: "/etc/rollcall/ca.pem" },
    };
    writeFileSync(
      join(root, "etc/rollcall/rollcall.yaml"),
      `state: /var/lib/rollcall\nsources:\n  entra: ${JSON.stringify(source)}\nconnections:\n  staff:\n    source: entra\n${more}`,
    );
  }

  const state = (name: string): Promise<string> => machine.property("rollcall.service", name);
  const as = (user: string, ...line: string[]) =>
    machine.run("setpriv", "--reuid", user, "--regid", user, "--init-groups", ...line);

  test("the unit has no warning, and an exposure of at most 1.5", async () => {
    const verified = await machine.run("systemd-analyze", "verify", "rollcall.service");
    expect(verified).toEqual({ code: 0, out: "", err: "" });
    // By another name, so that it is the unit alone, without what this machine adds to it.
    await machine.must("cp", "/usr/lib/node_modules/rollcall/systemd/rollcall.service", "/tmp/bare.service");
    const security = await machine.run(
      ...["systemd-analyze", "security", "--offline=true", "--threshold=15"],
      "/tmp/bare.service",
    );
    expect(security.code, security.out + security.err).toBe(0);
  });

  test("a command without a running daemon says how to get at its credentials", async () => {
    const { code, out, err } = await machine.run("rollcall", "sync");
    expect(code).toBe(2);
    expect(out + err).toContain("systemd-run");
    expect(out + err).toContain("LoadCredential=entra:/etc/rollcall/credentials/entra");
  });

  test("starts, and is ready when its clocks run", async () => {
    await machine.must("systemctl", "start", "rollcall");
    expect(await state("ActiveState")).toBe("active");
    expect(await state("StatusText")).toContain("1 connection");
    expect(await machine.must("stat", "--format", "%a", "/var/lib/private/rollcall")).toBe("700");
  });

  test("syncs when root asks by the control socket", async () => {
    const { code, out, err } = await machine.run("rollcall", "sync", "--json");
    expect(code, out + err).toBe(0);
    const status = JSON.parse(await machine.must("rollcall", "status", "--json")) as Record<string, unknown>;
    expect(JSON.stringify(status)).toContain('"staff"');
    expect(await machine.must("rollcall", "explain", "p7@contoso.example")).toContain("p7@contoso.example");
  });

  test("who is in the group may operate, who is in the other may look, and nobody else gets in", async () => {
    tenant.createUser({ userPrincipalName: "new@contoso.example", displayName: "New" });
    const looked = await as("vic", "rollcall", "status");
    expect(looked.code, looked.err).toBe(0);
    const refused = await as("vic", "rollcall", "sync");
    expect(refused.code).not.toBe(0);
    expect(refused.out + refused.err).toContain("rollcall-operate");
    expect((await as("sam", "rollcall", "status")).code).not.toBe(0);
    const operated = await as("ann", "rollcall", "sync");
    expect(operated.code, operated.out + operated.err).toBe(0);
    const log = await machine.must("rollcall", "log", "--user", "new@contoso.example", "--json");
    expect(log).toContain('"ann"');
  });

  test("a configuration that is wrong is not taken, and the journal says why; a right one is", async () => {
    configure("    evry: 20m\n");
    await machine.run("systemctl", "reload", "rollcall");
    await machine.until("the refusal is in the journal", async () =>
      (await machine.journal("rollcall")).includes("evry"),
    );
    expect(await state("ActiveState")).toBe("active");
    await machine.until("its status says so", async () => (await state("StatusText")).includes("not taken"));
    configure("    every: 20m\n");
    await machine.must("systemctl", "reload", "rollcall");
    await machine.until(
      "the new one is in force",
      async () => !(await state("StatusText")).includes("not taken"),
    );
    expect(await state("NRestarts")).toBe("0");
  });

  test("one that hangs is ended by the watchdog and started again, and knows everybody", async () => {
    const before = await state("MainPID");
    await machine.must("kill", "-STOP", before);
    await machine.until(
      "it was started again",
      async () => (await state("NRestarts")) === "1" && (await state("SubState")) === "running",
    );
    expect(await state("MainPID")).not.toBe(before);
    const { code, out, err } = await machine.run("rollcall", "sync");
    expect(code, out + err).toBe(0);
    expect(out).toContain("21 people are as they should be");
  });

  test("stops in order", async () => {
    await machine.must("systemctl", "stop", "rollcall");
    expect(await state("Result")).toBe("success");
    expect(await state("ExecMainStatus")).toBe("0");
    expect(await machine.journal("rollcall")).not.toContain(tenant.clientSecret);
  });

  test("a configuration that is wrong from the beginning ends it with exit code 2, once", async () => {
    configure("    evry: 20m\n");
    await machine.run("systemctl", "start", "rollcall");
    await machine.until("it has given up", async () => (await state("ActiveState")) === "failed");
    expect(await state("ExecMainStatus")).toBe("2");
    expect(await machine.journal("rollcall")).toContain("evry");
  });
});
