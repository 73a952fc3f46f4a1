import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ConfigurationError, CredentialsRefused } from "../src/errors.ts";
import { Refusals, SecretInUse, type SecretUse } from "../src/secret-in-use.ts";

const dayMs = 24 * 3_600_000;
let folder: string;
let now = 0;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rollcall-secret-use-"));
  now = Date.UTC(2026, 10, 1);
});
afterEach(() => rmSync(folder, { recursive: true }));

function keep(name: string, text: string): { readonly file: string } {
  const file = join(folder, name);
  writeFileSync(file, text, { mode: 0o600 });
  return { file };
}

/** What a service that knows only `right` is asked, one after the other, and whether it lets us in. */
function logIn(secret: SecretInUse, right: string) {
  const asked: string[] = [];
  for (;;) {
    let value: ReturnType<typeof read>;
    try {
      value = read(secret);
    } catch (error) {
      if (!(error instanceof CredentialsRefused)) throw error;
      return { asked, isIn: false };
    }
    asked.push(value.reveal());
    if (value.reveal() === right) {
      secret.accepted(value);
      return { asked, isIn: true };
    }
    if (!secret.refused(value)) return { asked, isIn: false };
  }
}

function read(secret: SecretInUse) {
  return secret.value;
}

function use(reference: ConstructorParameters<typeof SecretInUse>[0], more: Partial<SecretUse> = {}) {
  return new SecretInUse(reference, { place: "sources.ad.bindPassword", clock: { now: () => now }, ...more });
}

test("of a list each value is tried once, in order", () => {
  const list = [keep("new", "new"), keep("old", "old")];
  expect(logIn(use(list), "old")).toEqual({ asked: ["new", "old"], isIn: true });
  expect(logIn(use(list), "new")).toEqual({ asked: ["new"], isIn: true });
  expect(logIn(use(list), "neither")).toEqual({ asked: ["new", "old"], isIn: false });
});

test("after a refusal the secret is read anew, and what is new is tried at once", () => {
  const file = keep("token", "old");
  const secret = use(file);
  const first = secret.value;
  keep("token", "new");
  expect(secret.value).toBe(first);
  expect(secret.refused(first)).toBe(true);
  expect(secret.value.reveal()).toBe("new");
});

test("what has not changed is not tried a second time", () => {
  expect(logIn(use(keep("token", "wrong")), "right")).toEqual({ asked: ["wrong"], isIn: false });
});

test("a request that was under way with the old value takes the one that others have changed over to", () => {
  const secret = use([keep("new", "new"), keep("old", "old")]);
  const one = secret.value;
  const another = secret.value;
  expect(secret.refused(one)).toBe(true);
  const next = secret.value;
  expect(secret.refused(another)).toBe(true);
  expect(secret.value).toBe(next);
});

test("one of a list that is not there is in nobody's way, and none at all is an error", () => {
  expect(logIn(use([{ file: join(folder, "not-yet") }, keep("old", "old")]), "old").isIn).toBe(true);
  expect(() => use([{ file: join(folder, "a") }, { file: join(folder, "b") }]).value).toThrow(
    ConfigurationError,
  );
});

test("the old value that vanished after its refusal does not hide the refusal", () => {
  const file = keep("token", "wrong");
  const secret = use(file);
  const value = secret.value;
  rmSync(file.file);
  expect(secret.refused(value)).toBe(false);
});

test("the next cycle begins with the value that was taken", () => {
  const refusals = new Refusals();
  const list = [keep("new", "new"), keep("old", "old")];
  expect(logIn(use(list, { refusals }), "old").asked).toEqual(["new", "old"]);
  expect(logIn(use(list, { refusals }), "old").asked).toEqual(["old"]);
});

test("where wrong passwords lock the account, an unchanged one is tried once a day at most", () => {
  const more = { refusals: new Refusals(), locksAccounts: true };
  const password = keep("password", "wrong");
  expect(logIn(use(password, more), "right").asked).toEqual(["wrong"]);
  for (let hours = 0; hours < 23; hours++) {
    now += 3_600_000;
    expect(logIn(use(password, more), "right").asked).toEqual([]);
  }
  now += 3_600_000;
  expect(logIn(use(password, more), "right").asked).toEqual(["wrong"]);
  keep("password", "right");
  expect(logIn(use(password, more), "right")).toEqual({ asked: ["right"], isIn: true });
});

test("elsewhere an unchanged one is tried in every cycle, because refusals pass", () => {
  const more = { refusals: new Refusals() };
  const token = keep("token", "t");
  expect(logIn(use(token, more), "other").asked).toEqual(["t"]);
  expect(logIn(use(token, more), "t")).toEqual({ asked: ["t"], isIn: true });
});

test("when the directory goes over to the new password, the new one gets its second try at once", () => {
  const more = { refusals: new Refusals(), locksAccounts: true };
  const list = [keep("new", "new"), keep("old", "old")];
  expect(logIn(use(list, more), "old").asked).toEqual(["new", "old"]);
  now += 40 * 60_000;
  expect(logIn(use(list, more), "old").asked).toEqual(["old"]);
  now += 40 * 60_000;
  expect(logIn(use(list, more), "new")).toEqual({ asked: ["old", "new"], isIn: true });
  now += 40 * 60_000;
  expect(logIn(use(list, more), "new").asked).toEqual(["new"]);
});

test("a person who asks lets everything be tried once more", () => {
  const more = { refusals: new Refusals(), locksAccounts: true };
  const password = keep("password", "p");
  expect(logIn(use(password, more), "q").asked).toEqual(["p"]);
  expect(logIn(use(password, { ...more, refusals: more.refusals.afresh() }), "p")).toEqual({
    asked: ["p"],
    isIn: true,
  });
  expect(logIn(use(password, more), "p")).toEqual({ asked: ["p"], isIn: true });
});

test("a command for several connections tries a wrong password once, and the clock none because of it", () => {
  const more = { refusals: new Refusals(), locksAccounts: true };
  const [password, other] = [keep("password", "p"), keep("other", "o")];
  expect(logIn(use(other, more), "right").asked).toEqual(["o"]);
  const command = { ...more, refusals: more.refusals.afresh() };
  expect(logIn(use(password, command), "q").asked).toEqual(["p"]);
  expect(logIn(use(password, command), "q").asked).toEqual([]);
  expect(logIn(use(password, more), "q").asked).toEqual([]);
  expect(logIn(use(other, more), "right").asked).toEqual([]);
});

test("a clock that was set back keeps nobody out", () => {
  const more = { refusals: new Refusals(), locksAccounts: true };
  const password = keep("password", "p");
  expect(logIn(use(password, more), "q").asked).toEqual(["p"]);
  now -= 365 * dayMs;
  expect(logIn(use(password, more), "p").isIn).toBe(true);
});
