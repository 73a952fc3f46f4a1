import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { CredentialsRefused } from "../../../src/errors.ts";
import { silent } from "../../../src/log.ts";
import { Refusals } from "../../../src/secret-in-use.ts";
import { definition } from "../../../src/sources/active-directory/index.ts";
import type { LdapDirectory } from "../../stand-ins/ldap-directory.ts";
import { TestClock } from "../../world.ts";
import { Certificates } from "./stand-in.ts";

let certificates: Certificates;
let directory: LdapDirectory;
let folder: string;
let clock: TestClock;
let refusals: Refusals;
beforeAll(async () => {
  certificates = await Certificates.create();
});
afterAll(() => certificates.remove());
beforeEach(async () => {
  directory = await certificates.directory();
  directory.objects.person("ann");
  folder = mkdtempSync(join(tmpdir(), "rollcall-passwords-"));
  clock = new TestClock();
  refusals = new Refusals();
});
afterEach(async () => {
  await directory.stop();
  rmSync(folder, { recursive: true });
});

function keep(name: string, text: string): { readonly file: string } {
  const file = join(folder, name);
  writeFileSync(file, text, { mode: 0o600 });
  return { file };
}

/** One cycle's login: the passwords that the domain controller saw, and whether it let us in. */
async function logIn(bindPassword: unknown, urls: readonly string[] = [directory.url]) {
  const before = directory.binds.length;
  const settings = definition.settings.parse({
    url: urls,
    bindDn: "rollcall@stand.example",
    bindPassword,
    ca: { file: certificates.authority.certificate },
    timeouts: { connect: "2s", answer: "2s" },
  });
  const select = { user: ["displayName"], group: ["displayName"] };
  const source = definition.open(settings, { name: "ad", select, log: silent, clock, refusals });
  try {
    await source.identity(AbortSignal.timeout(10_000));
    return { isIn: true, seen: seen(before) };
  } catch (error) {
    if (!(error instanceof CredentialsRefused)) throw error;
    return { isIn: false, seen: seen(before), message: error.message };
  } finally {
    await source.close();
  }
}

const seen = (from: number) => directory.binds.slice(from).map((bind) => bind.split(" ")[1]);

test("while the password is changed, the list [new, old] logs in without a gap, and asks for no wrong one twice", async () => {
  const list = [keep("new", "new"), keep("old", "old")];
  directory.faults.password = "old";
  expect(await logIn(list)).toEqual({ isIn: true, seen: ["new", "old"] });
  clock.pass(40 * 60_000);
  expect(await logIn(list)).toEqual({ isIn: true, seen: ["old"] });
  directory.faults.password = "new";
  clock.pass(40 * 60_000);
  expect(await logIn(list)).toEqual({ isIn: true, seen: ["old", "new"] });
  clock.pass(40 * 60_000);
  expect(await logIn(list)).toEqual({ isIn: true, seen: ["new"] });
});

test("a wrong password is tried once, at one domain controller, and then not before it changes", async () => {
  directory.faults.password = "right";
  const password = keep("password", "wrong");
  const urls = [directory.url, directory.url.replace("127.0.0.1", "localhost")];
  expect(await logIn(password, urls)).toMatchObject({ isIn: false, seen: ["wrong"] });
  for (let cycle = 0; cycle < 5; cycle++) {
    clock.pass(4 * 3_600_000);
    const again = await logIn(password, urls);
    expect(again).toMatchObject({ isIn: false, seen: [] });
    expect(again.message).toContain("sources.ad.bindPassword: this password was refused before");
  }
  keep("password", "right");
  expect(await logIn(password)).toEqual({ isIn: true, seen: ["right"] });
});

test("a locked account is no reason to try another password, and does not rest one", async () => {
  directory.faults.bind = { code: 49, diagnostic: "80090308: LdapErr: DSID-0C090439, data 775, v4563" };
  const list = [keep("new", "new"), keep("old", "old")];
  expect(await logIn(list)).toMatchObject({ isIn: false, seen: ["new"] });
  expect(await logIn(list)).toMatchObject({ isIn: false, seen: ["new"] });
});
