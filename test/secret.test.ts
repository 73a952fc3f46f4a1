import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { format, inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ConfigurationError } from "../src/errors.ts";
import { readSecret, Secret, type SecretReference, secretReference } from "../src/secret.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rollcall-secret-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function keep(text: string | Uint8Array, mode = 0o600): string {
  const file = join(folder, "secret");
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

function refusal(reference: SecretReference, environment: Record<string, string> = {}): ConfigurationError {
  try {
    readSecret(reference, "sources.ad.bindPassword", environment);
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error("expected a refusal");
}

/** As root, in a checkout that others can read. */
function canBeSomebodyElse(): boolean {
  if (process.geteuid?.() !== 0) return false;
  const user = ["--reuid", "4242", "--regid", "4243", "--clear-groups"];
  return spawnSync("setpriv", [...user, "test", "-r", import.meta.filename]).status === 0;
}

describe("a secret", () => {
  const secret = new Secret("hunter2");

  test.each([
    ["String", String(secret)],
    ["a template", `${secret}`],
    ["JSON", JSON.stringify({ secret })],
    ["inspect", inspect({ secret }, { depth: 9, showHidden: true })],
    ["format", format("%s %o %j", secret, secret, secret)],
    ["a list", [secret].join()],
    ["its keys", JSON.stringify(Object.getOwnPropertyDescriptors(secret))],
    ["a copy", JSON.stringify(structuredClone({ ...secret }))],
  ])("does not show in %s", (_how, printed) => {
    expect(printed).not.toContain("hunter2");
  });

  test("is revealed when asked for", () => {
    expect(secret.reveal()).toBe("hunter2");
  });
});

describe("from the environment", () => {
  test("it is taken as it is", () => {
    expect(readSecret({ env: "P" }, "x", { P: " a b\t" }).reveal()).toBe(" a b\t");
  });

  test("a variable that is not set is named", () => {
    expect(refusal({ env: "AD_PASSWORD" }).message).toBe(
      "sources.ad.bindPassword: the environment variable AD_PASSWORD is not set",
    );
  });

  test.each(["", "\n", "  "])("an empty one (%j) is refused: it would log in as nobody", (value) => {
    expect(refusal({ env: "P" }, { P: value }).message).toBe(
      "sources.ad.bindPassword: the secret in the environment variable P is empty",
    );
  });
});

describe("from a file", () => {
  test.each([
    ["hunter2", "hunter2"],
    ["hunter2\n", "hunter2"],
    ["hunter2\r\n", "hunter2"],
    ["hunter2\n\n", "hunter2\n"],
    [" hunter2 ", " hunter2 "],
    ["pässwörd", "pässwörd"],
  ])("%j gives %j", (content, expected) => {
    expect(readSecret({ file: keep(content) }, "x").reveal()).toBe(expected);
  });

  test.each([0o640, 0o604, 0o620, 0o601, 0o644, 0o660, 0o777])(
    "mode %o is refused, with the command that mends it",
    (mode) => {
      const file = keep("hunter2", mode);
      const error = refusal({ file });
      expect(error.message).toBe(
        `sources.ad.bindPassword: others can read the secret's file ${file} (mode 0${mode.toString(8)})`,
      );
      expect(error.hint).toBe(`chmod 600 ${file}`);
    },
  );

  test.each([0o600, 0o400])("mode %o is accepted", (mode) => {
    expect(readSecret({ file: keep("hunter2", mode) }, "x").reveal()).toBe("hunter2");
  });

  const isRoot = process.geteuid?.() === 0;
  const notRoot = isRoot ? "" : " [left out: only root may give a file away]";
  test.runIf(isRoot)(`a file that belongs to a stranger is refused${notRoot}`, () => {
    const file = keep("hunter2");
    chownSync(file, 4242, 4242);
    const error = refusal({ file });
    expect(error.message).toContain("belongs to user id 4242");
    expect(error.hint).toBe(`chown 0 ${file}`);
  });

  test("a link is followed, and what it leads to is judged", () => {
    const link = join(folder, "link");
    symlinkSync(keep("hunter2"), link);
    expect(readSecret({ file: link }, "x").reveal()).toBe("hunter2");
    chmodSync(join(folder, "secret"), 0o644);
    expect(refusal({ file: link }).hint).toBe(`chmod 600 ${link}`);
  });

  test("one that does not exist is named, with the cause", () => {
    const error = refusal({ file: join(folder, "nowhere") });
    expect(error.message).toContain("nowhere cannot be opened: it does not exist");
    expect(error.cause).toBeInstanceOf(Error);
  });

  test("a folder is refused", () => {
    expect(refusal({ file: folder }).message).toContain("is not a regular file");
  });

  const cannot = canBeSomebodyElse() ? "" : " [left out: this process cannot become somebody else]";
  test.runIf(cannot === "")(`a file of root may be read by a group of ours, and no more${cannot}`, () => {
    chmodSync(folder, 0o711);
    const file = keep("hunter2", 0o440);
    const read = `import { readSecret } from ${JSON.stringify(new URL("../src/secret.ts", import.meta.url).href)};
      try { console.log(readSecret({ file: ${JSON.stringify(file)} }, "x").reveal()); } catch (error) { console.log(error.message); }`;
    const said = (group: number, mode: number) => {
      chownSync(file, 0, group);
      chmodSync(file, mode);
      const user = ["--reuid", "4242", "--regid", "4243", "--groups", "4243,4244"];
      const node = [process.execPath, "--input-type=module", "--eval", read];
      return execFileSync("setpriv", [...user, ...node], { encoding: "utf8" }).trim();
    };
    expect(said(4244, 0o440)).toBe("hunter2");
    expect(said(4244, 0o460)).toContain("others can read the secret's file");
    expect(said(4244, 0o444)).toContain("others can read the secret's file");
    expect(said(4245, 0o440)).toContain("cannot be opened: permission denied");
  });

  test("a pipe that nobody writes to does not make us wait", () => {
    const file = join(folder, "pipe");
    execFileSync("mkfifo", ["-m", "600", file]);
    expect(refusal({ file }).message).toContain("is not a regular file");
  });

  test("more than 64 KiB are refused", () => {
    expect(readSecret({ file: keep("x".repeat(65_536)) }, "x").reveal()).toHaveLength(65_536);
    expect(refusal({ file: keep("x".repeat(65_537)) }).message).toContain("larger than 64 KiB");
  });

  test("an empty one, and one with a NUL, is refused without showing any of it", () => {
    expect(refusal({ file: keep("\n") }).message).toContain("is empty");
    const error = refusal({ file: keep("hunt\0er2") });
    expect(error.message).toContain("holds a NUL byte");
    expect(inspect(error)).not.toContain("hunt");
  });
});

describe("from systemd", () => {
  test("the credential is read from the folder that the service was given", () => {
    mkdirSync(join(folder, "credentials"));
    writeFileSync(join(folder, "credentials", "ad-bind"), "hunter2\n", { mode: 0o440 });
    chmodSync(join(folder, "credentials", "ad-bind"), 0o440);
    const environment = { CREDENTIALS_DIRECTORY: join(folder, "credentials") };
    expect(readSecret({ credential: "ad-bind" }, "x", environment).reveal()).toBe("hunter2");
    chmodSync(join(folder, "credentials", "ad-bind"), 0o444);
    expect(refusal({ credential: "ad-bind" }, environment).message).toContain("others can read");
  });

  test("without that folder, what to add to the unit is said", () => {
    const error = refusal({ credential: "ad-bind" });
    expect(error.message).toContain("CREDENTIALS_DIRECTORY is not set");
    expect(error.hint).toContain("LoadCredential=ad-bind:");
  });
});

describe("a reference", () => {
  test.each([
    { env: "A_1" },
    { file: "/run/secrets/x" },
    { credential: "ad-bind.1" },
    { env: "A", expires: "2027-01-31" },
    [{ file: "/new" }, { file: "/old", expires: "2028-02-29" }],
  ])("%j is one", (value) => {
    expect(secretReference.parse(value)).toEqual(value);
  });

  test.each([
    "hunter2",
    42,
    null,
    {},
    { env: "A", file: "/x" },
    { env: "A", expires: "2027-02-29" },
    { env: "A", expires: "soon" },
    [],
    ["hunter2"],
    [{ env: "A" }, "hunter2"],
    [[{ env: "A" }]],
    { env: "A-B" },
    { env: "" },
    { file: "" },
    { file: "a\0b" },
    { credential: "../x" },
    { credential: ".." },
    { credential: "a/b" },
    { value: "hunter2" },
  ])("%j is none", (value) => {
    expect(secretReference.safeParse(value).success).toBe(false);
  });
});
