import { chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type EntraTenant, startEntraTenant } from "../../stand-ins/entra/tenant.ts";
import { debianRoot, whyNoMachines } from "../debian-root.ts";
import { Podman } from "./podman.ts";

const project = fileURLToPath(new URL("../../../", import.meta.url));
const why = whyNoMachines();
if (why !== undefined) console.log(`Skipped: the image in a container, because ${why}`);

/** The user of the image. */
const user = 10001;
const hardened = [
  "--read-only",
  ...["--cap-drop", "ALL"],
  ...["--security-opt", "no-new-privileges"],
  ...["--pids-limit", "100"],
  ...["--memory", "400m"],
  "--tmpfs=/tmp",
  ...["--stop-timeout", "90"],
  // What a machine that is a container itself allows.
  ...["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024", "--network", "host"],
];

/** The image as docs/container.md says how to build and run it. The tests tell one story. */
describe.skipIf(why !== undefined)("the image", () => {
  let folder: string;
  let podman: Podman;
  let tenant: EntraTenant;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "rollcall-container-"));
    podman = new Podman(join(folder, "podman"));
    tenant = await startEntraTenant();
    for (let n = 0; n < 20; n++)
      tenant.createUser({ userPrincipalName: `p${n}@contoso.example`, displayName: `Person ${n}` });
    for (const name of ["config", "secrets", "state"]) mkdirSync(join(folder, name));
    writeFileSync(join(folder, "secrets/entra"), tenant.clientSecret, { mode: 0o400 });
    chownSync(join(folder, "secrets/entra"), user, user);
    chownSync(join(folder, "state"), user, user);
    configure();
    await podman.importFolder(await debianRoot(), "localhost/lab/base");
    const build = ["--format", "docker", "--isolation", "chroot", "--network", "host"];
    await podman.must(
      ...["build", "--quiet", ...build],
      ...["--build-arg", "BASE_IMAGE=localhost/lab/base", "--tag", "localhost/rollcall", project],
    );
  }, 600_000);

  afterAll(async () => {
    await podman?.end();
    await tenant?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    // Two copies of a system are taken away again, which a busy disk takes its time for.
  }, 600_000);

  function configure(): void {
    const { tenantId, clientId, loginUrl, graphUrl } = tenant;
    const source = {
      type: "entra",
      tenantId,
      clientId,
      clientSecret: { file: "/run/secrets/entra" },
      endpoints: { login: loginUrl, graph: graphUrl },
      ca: { file: "/etc/rollcall/ca.pem" },
    };
    writeFileSync(join(folder, "config/ca.pem"), tenant.ca);
    writeFileSync(
      join(folder, "config/rollcall.yaml"),
      `state: /var/lib/rollcall\nsources:\n  entra: ${JSON.stringify(source)}\nconnections:\n  staff:\n    source: entra\n`,
    );
  }

  const mounts = () => [
    ...["--volume", `${join(folder, "state")}:/var/lib/rollcall`],
    ...["--volume", `${join(folder, "config")}:/etc/rollcall:ro`],
    ...["--volume", `${join(folder, "secrets")}:/run/secrets:ro`],
  ];
  const inside = (...line: string[]) => podman.run("exec", "rollcall", "rollcall", ...line);

  async function untilHealthy(): Promise<void> {
    for (let n = 0; n < 150; n++) {
      if ((await podman.run("healthcheck", "run", "rollcall")).code === 0) return;
      await wait(200);
    }
    throw new Error(`not healthy after 30 s: ${(await podman.run("logs", "rollcall")).out}`);
  }

  test("has a user that is not root, a health check, and nothing of what only building needs", async () => {
    const [image] = JSON.parse(await podman.must("inspect", "--type", "image", "localhost/rollcall")) as [
      {
        readonly Config: { readonly User: string; readonly Healthcheck?: unknown };
        readonly Healthcheck?: unknown;
        readonly Size: number;
      },
    ];
    expect(image.Config.User).toBe(`${user}:${user}`);
    expect(image.Healthcheck ?? image.Config.Healthcheck).toBeDefined();
    const [base] = JSON.parse(await podman.must("inspect", "--type", "image", "localhost/lab/base")) as [
      { readonly Size: number },
    ];
    expect((image.Size - base.Size) / 1e6).toBeLessThan(130);
    const listed = await podman.must(
      "run",
      "--rm",
      ...hardened,
      "--entrypoint",
      "ls",
      "localhost/rollcall",
      "/opt/rollcall",
      "/opt/rollcall/node_modules",
    );
    expect(listed).not.toMatch(/^(src|test|typescript|vitest)$/m);
  });

  test("runs a command, with nothing that it may write to but its state", async () => {
    const { code, out, err } = await podman.run(
      "run",
      "--rm",
      ...hardened,
      ...mounts(),
      "localhost/rollcall",
      "validate",
    );
    expect(code, out + err).toBe(0);
    expect(out).toContain("valid");
  });

  test("starts, and is healthy when its clocks run", async () => {
    await podman.must(
      "run",
      "--detach",
      "--name",
      "rollcall",
      ...hardened,
      ...mounts(),
      "localhost/rollcall",
    );
    await untilHealthy();
  });

  test("syncs when a command inside asks it", async () => {
    const { code, out, err } = await inside("sync");
    expect(code, out + err).toBe(0);
    expect((await inside("explain", "p7@contoso.example")).out).toContain("p7@contoso.example");
    expect(existsSync(join(folder, "state/staff.db"))).toBe(true);
  });

  test("stops when it is told to, and is whole when it comes back", async () => {
    const begun = Date.now();
    await podman.must("stop", "rollcall");
    expect(Date.now() - begun).toBeLessThan(30_000);
    expect(await podman.must("inspect", "--format", "{{.State.ExitCode}}", "rollcall")).toBe("0");
    await podman.must("start", "rollcall");
    await untilHealthy();
    tenant.createUser({ userPrincipalName: "new@contoso.example", displayName: "New" });
    const { code, out, err } = await inside("sync");
    expect(code, out + err).toBe(0);
    expect(out).toContain("21 of 21 people");
  });

  test("is not healthy once it hangs", async () => {
    await podman.must("kill", "--signal", "STOP", "rollcall");
    expect((await podman.run("healthcheck", "run", "rollcall")).code).not.toBe(0);
    await podman.must("kill", "--signal", "CONT", "rollcall");
    await untilHealthy();
    const said = await podman.run("logs", "rollcall");
    expect(said.out + said.err).not.toContain(tenant.clientSecret);
  });
});
