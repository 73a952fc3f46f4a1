import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemdRun } from "../../src/commands/systemd-run.ts";
import { ConfigurationError } from "../../src/errors.ts";
import { readSecret } from "../../src/secret.ts";
import { Desk } from "./desk.ts";

const service = { credentials: ["ad-bind", "app"], state: "/var/lib/rollcall" };
const place = { isRoot: true, program: "/opt/rollcall/bin/rollcall.js" };
const unitOfThePackage = readFileSync(
  fileURLToPath(new URL("../../systemd/rollcall.service", import.meta.url)),
  "utf8",
);

/** The words as a shell understands them. */
function words(line: string): readonly string[] {
  const printed = execFileSync("sh", ["-c", `printf '%s\\n' ${line}`], { encoding: "utf8" });
  return printed.split("\n").slice(0, -1);
}

function properties(line: string): readonly string[] {
  const all = words(line);
  return all.filter((_, at) => all[at - 1] === "-p");
}

describe("the line that runs a command as the service", () => {
  test("has user, state, groups and credentials of the unit and its drop-ins, in that order", () => {
    const dropIn = `# /etc/systemd/system/rollcall.service.d/override.conf
[Unit]
Description=LoadCredential=no
[Service]
SupplementaryGroups=rollcall-view rollcall-operate
LoadCredential=ad-bind:%E/rollcall/credentials/ad-bind
LoadCredentialEncrypted=app:/etc/credstore.encrypted/app
EnvironmentFile=-/etc/default/roll call
Environment=APP_TOKEN=hunter2
SetCredential=x:hunter2
`;
    const line = systemdRun(["sync", "staff"], `${unitOfThePackage}\n${dropIn}`, service, place);
    expect(properties(line)).toEqual([
      "DynamicUser=yes",
      "User=rollcall",
      "StateDirectory=rollcall",
      "StateDirectoryMode=0700",
      "UMask=0077",
      "SupplementaryGroups=rollcall-view rollcall-operate",
      "LoadCredential=ad-bind:/etc/rollcall/credentials/ad-bind",
      "LoadCredentialEncrypted=app:/etc/credstore.encrypted/app",
      "EnvironmentFile=-/etc/default/roll call",
    ]);
    expect(words(line).slice(-4)).toEqual(["--", "/usr/bin/rollcall", "sync", "staff"]);
    expect(line).not.toContain("hunter2");
  });

  test("a later unit line takes the place of one before, and an empty one takes all away", () => {
    const unit = `[Service]
User=one
User=two
LoadCredential=a:/a
LoadCredential=
LoadCredential=b:\\
/b
`;
    expect(properties(systemdRun([], unit, service, place))).toEqual(["User=two", "LoadCredential=b: /b"]);
  });

  test("without a unit it is that of the package, with the credentials of the configuration", () => {
    const line = systemdRun(["test"], undefined, service, { ...place, isRoot: false });
    expect(line).toBe(
      "sudo systemd-run --quiet --collect --wait --pty --pipe --same-dir -p DynamicUser=yes -p User=rollcall " +
        "-p StateDirectory=rollcall -p LoadCredential=ad-bind:/etc/rollcall/credentials/ad-bind " +
        "-p LoadCredential=app:/etc/rollcall/credentials/app -- /opt/rollcall/bin/rollcall.js test",
    );
  });

  test("what was typed reaches the command as it was typed", () => {
    const typed = ["pause", "--reason", 'it\'s $(broken) `now`; "really"\n*', "--json"];
    expect(words(systemdRun(typed.slice(0, 2), undefined, service, place)).slice(-2)).toEqual(
      typed.slice(0, 2),
    );
    const line = systemdRun(typed, undefined, service, place);
    const printed = execFileSync("sh", ["-c", `printf '%s|' ${line}`], { encoding: "utf8" });
    expect(printed.endsWith(`|${typed.join("|")}|`)).toBe(true);
  });
});

describe("a command without a daemon", () => {
  let desk: Desk;
  beforeEach(() => {
    desk = new Desk();
    desk.directory.person("ann");
  });
  afterEach(() => {
    desk[Symbol.dispose]();
  });

  test.each(["sync", "plan"])(
    "%s names the line where a credential of the service is missing",
    async (command) => {
      writeFileSync(
        desk.file,
        readFileSync(desk.file, "utf8").replace("{ type:", "{ bindPassword: { credential: ad-bind }, type:"),
      );
      desk.source = {
        poll: () => {
          readSecret({ credential: "ad-bind" }, "sources.people.bindPassword", {});
          throw new Error("not reached");
        },
      };
      const { code, err } = await desk.run([command]);
      expect(code).toBe(2);
      expect(err).toContain('the credential "ad-bind" was asked for');
      expect(err).toContain("start the daemon (systemctl start rollcall) and type it again, or without it:");
      expect(err).toMatch(
        /systemd-run .* -p LoadCredential=ad-bind:\/etc\/rollcall\/credentials\/ad-bind -- .* (sync|plan) --config /,
      );
    },
  );

  test("any other error keeps its own advice", async () => {
    desk.source = {
      poll: () => {
        throw new ConfigurationError("wrong", { hint: "mend it" });
      },
    };
    const { err } = await desk.run("sync");
    expect(err).toContain("mend it");
    expect(err).not.toContain("systemd-run");
  });
});
