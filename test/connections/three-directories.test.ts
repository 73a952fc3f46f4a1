import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { ThreeDirectories } from "./three-directories.ts";

vi.setConfig({ testTimeout: 120_000 });

const opened: ThreeDirectories[] = [];

afterEach(async () => {
  for (const each of opened.splice(0)) await each[Symbol.asyncDispose]();
});

async function three(target: "embedded" | "scim" = "embedded"): Promise<ThreeDirectories> {
  const one = await ThreeDirectories.start(target);
  opened.push(one);
  return one;
}

const name = (person: string) => `${person}@corp.example`;

/** People of each, one whom all know, one whom two know, and a group of the same name in two. */
async function company(target: "embedded" | "scim" = "embedded") {
  const w = await three(target);
  const [ann, bob, mia] = ["ann", "bob", "mia"].map((each) => w.inEntra(each));
  const [annO, cat, joe] = ["ann", "cat", "joe"].map((each) => w.inOkta(each));
  const [annA, catA, dan] = ["ann", "cat", "dan"].map((each) => w.inAd(each));
  const ids = { ann, bob, mia, annO, cat, joe, annA, catA, dan } as Readonly<Record<string, string>>;
  const id = (key: string) => ids[key] ?? "";
  w.entra.createGroup({ displayName: "Sales" }, [id("ann"), id("bob")]);
  const sales = w.okta.groups.create("Sales");
  for (const each of ["annO", "cat"]) w.okta.groups.add(sales, id(each));
  const cloud = w.okta.groups.create("Partners");
  for (const each of ["annO", "cat"]) w.okta.groups.add(cloud, id(each));
  w.ad.objects.group("Plant", [id("annA"), id("dan")]);
  return { w, id };
}

const approve = (connection: string, what = "adoptions") => [
  "held",
  "approve",
  what,
  "--connection",
  connection,
  "--reason",
  "they moved",
];

describe.each(["embedded", "scim"] as const)("three directories into one %s target", (target) => {
  test("everybody arrives; whom two know is a conflict by name in the second, and the rest of it is done", async () => {
    const { w, id } = await company(target);
    const { code, out } = await w.run("sync");
    expect(code).toBe(4);
    const accounts = await w.accounts();
    const people = [...accounts.keys()].sort();
    expect(people).toEqual(["ann", "bob", "cat", "dan", "joe", "mia"].map(name));
    expect(accounts.get(name("ann"))).toMatchObject({ externalId: id("ann"), active: true });
    expect(accounts.get(name("cat"))).toMatchObject({ externalId: id("cat"), active: true });
    expect(await w.groups()).toEqual({
      Sales: [[name("ann"), name("bob")]],
      Partners: [[name("cat")]],
      Plant: [[name("dan")]],
      "Domain Users": [[name("dan")]],
    });
    const said = out.replaceAll(/\s+/g, " ");
    const account = accounts.get(name("ann"))?.id;
    const conflict = `user ${account} at the target has this userName, but belongs to connection cloud (there: ${id("ann")})`;
    expect(said).toContain(`partners okta (okta) → app`);
    expect(said.split(conflict)).toHaveLength(3);
    expect(said).toContain(`failed Sales, match: group`);
    expect(said).toContain("3 of 3 people and 1 of 1 group in scope are active at the target. partners");
  });

  test("whoever leaves one is offered to the other in the same sync, and keeps the account", async () => {
    const { w, id } = await company(target);
    await w.run("sync");
    const account = (await w.accounts()).get(name("ann"))?.id;
    w.okta.users.delete(id("annO"));
    w.okta.users.delete(id("annO"));
    w.entra.softDelete(id("ann"));
    const { code, out } = await w.run("sync");
    expect(code).toBe(3);
    expect(out).toContain("rollcall held approve adoptions --connection staff");
    expect((await w.accounts()).get(name("ann"))).toMatchObject({ id: account, active: false });
    expect((await w.run("status staff")).out).not.toContain(`${name("ann")}: user`);

    expect((await w.run(approve("staff"))).code).toBe(0);
    expect((await w.run("sync")).code).toBe(4);
    expect((await w.accounts()).get(name("ann"))).toMatchObject({ id: account, active: true });
    expect((await w.groups())["Plant"]).toEqual([[name("ann"), name("dan")]]);
    const before = await w.fingerprint();
    await w.run("sync");
    await w.run("sync --full");
    expect(await w.fingerprint()).toBe(before);

    // The first comes back, too late.
    w.entra.restore(id("ann"));
    const late = await w.run("sync cloud");
    expect(late.code).toBe(4);
    expect(late.out.replaceAll(/\s+/g, " ")).toContain("belongs to connection staff");
    expect(await w.fingerprint()).toBe(before);
  });
});

// Ten rounds, in which whatever was refused is tried again.
test("ten rounds later nobody's account has changed hands, and nothing was written", async () => {
  const { w } = await company("scim");
  await w.run("sync");
  // What was refused first is tried once more at once, then ever more seldom.
  await w.run("sync");
  const before = await w.fingerprint();
  for (let round = 0; round < 10; round++) {
    w.clock.pass(5 * 3_600_000);
    expect((await w.run(round % 2 === 0 ? "sync" : "sync staff partners cloud")).code).toBe(4);
  }
  expect(await w.fingerprint()).toBe(before);
});

test("two who move at the same time, each the other way, keep their accounts", async () => {
  const { w, id } = await company();
  await w.run("sync");
  const before = await w.accounts();
  // Mia goes from Entra to Okta, Joe from Okta to Entra.
  w.entra.softDelete(id("mia"));
  w.inOkta("mia");
  w.okta.users.deactivate(id("joe"));
  w.okta.users.delete(id("joe"));
  w.inEntra("joe");
  // Okta's turn comes after Entra's: Joe is found taken first.
  await w.run("sync");
  expect((await w.run("sync")).code).toBe(3);
  for (const connection of ["cloud", "partners"]) expect((await w.run(approve(connection))).code).toBe(0);
  expect((await w.run("sync")).code).toBe(4);
  const after = await w.accounts();
  for (const person of ["mia", "joe"].map(name))
    expect(after.get(person)).toMatchObject({ id: before.get(person)?.id, active: true });
  expect(after.size).toBe(before.size);
});

describe("an admin who looks for the reason of a conflict", () => {
  test("finds it in status, plan and explain, and no promise of an account", async () => {
    const { w, id } = await company();
    await w.run("sync");
    const why = `belongs to connection cloud (there: ${id("ann")}); leave it out of the scope of one of the two`;
    const said = async (line: string) => {
      const { code, out } = await w.run(line);
      return { code, out: out.replaceAll(/\s+/g, " ") };
    };
    const status = await said("status partners");
    expect(status).toMatchObject({ code: 0 });
    expect(status.out).toContain(`✗ ${name("ann")}: user`);
    expect(status.out).toContain(`${why}; tried again in the next cycle`);
    const explained = await said(`explain ${name("ann")} --connection partners`);
    expect(explained).toMatchObject({ code: 0 });
    expect(explained.out).toContain(why);
    expect(explained.out).toContain("3 match no account: the one that was found cannot be used");
    expect(explained.out).not.toContain("would do this");
    const planned = await said("plan partners");
    expect(planned).toMatchObject({ code: 4 });
    expect(planned.out).toContain(why);
    expect(planned.out).toContain("Nothing to do but what is named above.");
    const { out } = await w.run("plan partners --json");
    expect(JSON.parse(out)).toMatchObject({
      items: [
        { label: name("ann"), action: "conflict" },
        { label: "Sales", action: "conflict" },
      ],
    });
  });

  test("may mend it by the scope of one: the other takes over what that one lets go of", async () => {
    const { w } = await company();
    await w.run("sync");
    const account = (await w.accounts()).get(name("cat"))?.id;
    w.configure({ scopes: { partners: `users: user.login != "${name("cat")}"` } });
    // What an edit takes away is asked about first; then the other connection asks for the account.
    expect((await w.run("sync")).code).toBe(3);
    expect((await w.run(approve("partners", "configuration"))).code).toBe(0);
    expect((await w.run("sync")).code).toBe(3);
    await w.run(approve("staff"));
    expect((await w.run("sync")).code).toBe(4);
    expect((await w.accounts()).get(name("cat"))).toMatchObject({ id: account, active: true });
    expect((await w.run("sync partners")).out).toContain("0 writes");
  });

  test("with existingAccounts: adopt is asked all the same about an account that was another's", async () => {
    const { w, id } = await company();
    w.configure({ policy: "{ existingAccounts: adopt }" });
    await w.run("sync");
    w.okta.users.deactivate(id("cat"));
    w.okta.users.delete(id("cat"));
    expect((await w.run("sync")).code).toBe(3);
    expect((await w.accounts()).get(name("cat"))).toMatchObject({ active: false });
  });
});

describe("a sync of all connections of which one cannot work", () => {
  const others = async (w: ThreeDirectories) => [...(await w.accounts()).keys()].sort();

  test.each([
    ["a wrong password", 5, (w: ThreeDirectories) => w.secret("okta", "wrong"), /partners .*(login|token)/is],
    ["a directory that is down", 1, (w: ThreeDirectories) => w.okta.stop(), /partners/],
    [
      "a snapshot that cannot be read",
      1,
      (w: ThreeDirectories) => {
        writeFileSync(join(w.folder, "state", "partners.db"), "this is no database".repeat(1000));
        for (const end of ["-wal", "-shm"])
          rmSync(join(w.folder, "state", `partners.db${end}`), { force: true });
      },
      /partners: the state file .*partners\.db cannot be read as a database/,
    ],
    [
      "a secret that is not there",
      2,
      (w: ThreeDirectories) => rmSync(join(w.folder, "okta")),
      /partners: .*sources\.okta\.token/s,
    ],
  ])("%s: the others do their work, and the exit code says %i", async (_, code, breaks, words) => {
    const { w, id } = await company();
    await w.run("sync");
    w.entra.updateUser(id("bob"), { jobTitle: "Head" });
    w.ad.objects.set(id("dan"), { title: "Head" });
    w.okta.users.updateProfile(id("cat"), { title: "Head" });
    await breaks(w);
    const result = await w.run("sync");
    expect(result.code).toBe(code);
    expect(`${result.out}\n${result.err}`).toMatch(words);
    const accounts = await w.accounts();
    expect(accounts.get(name("bob"))).toMatchObject({ title: "Head" });
    expect(accounts.get(name("dan"))).toMatchObject({ title: "Head" });
    expect(accounts.get(name("cat"))?.["title"]).toBeUndefined();
    expect(accounts.get(name("cat"))).toMatchObject({ active: true });
    expect(await others(w)).toHaveLength(6);
    expect((await w.run("status cloud")).out).toMatch(/cloud +ok/);
  });

  test("one that is quarantined is tried, and is out of it as soon as it works", async () => {
    const { w, id } = await company();
    await w.run("sync");
    w.secret("ad", "wrong");
    w.ad.faults.bind = { code: 49, diagnostic: "80090308: LdapErr: DSID-0C090439, data 52e" };
    expect((await w.run("sync")).code).toBe(5);
    w.entra.updateUser(id("bob"), { jobTitle: "Head" });
    const again = await w.run("sync");
    expect(again.code).toBe(5);
    expect((await w.run("status")).out).toMatch(/cloud +ok[\s\S]*staff +quarantined/);
    expect((await w.accounts()).get(name("bob"))).toMatchObject({ title: "Head" });
    delete w.ad.faults.bind;
    expect((await w.run("sync")).code).toBe(4);
    expect((await w.run("status")).out).not.toContain("quarantine");
  });
});

describe("connections that work at the same time", () => {
  test.each(["embedded", "scim"] as const)(
    "each in a process of its own, on a fresh state folder, share a %s target without a fight",
    async (target) => {
      const { w } = await company(target);
      for (let n = 0; n < 12; n++) {
        w.inEntra(`both${n}`);
        w.inOkta(`both${n}`);
      }
      const ended = await Promise.all(
        ["cloud", "partners", "staff"].map((each) => w.runApart(`sync ${each}`)),
      );
      for (const { err } of ended) expect(err).not.toMatch(/SQLITE|bug|busy/i);
      expect((await w.run("sync")).code).toBe(4);
      const accounts = await w.accounts();
      expect(accounts.size).toBe(18);
      expect([...accounts.values()].every((each) => each["active"] === true)).toBe(true);
      expect(Object.values(await w.groups()).map((each) => each.length)).toEqual([1, 1, 1, 1]);
      const before = await w.fingerprint();
      await Promise.all(["cloud", "staff"].map((each) => w.runApart(`sync ${each} --full`)));
      expect(await w.fingerprint()).toBe(before);
    },
  );
});

test("two that start together make nobody twice, also at a service that refuses no second account of a name", async () => {
  const { w } = await company("scim");
  for (let n = 0; n < 20; n++) {
    w.inEntra(`both${n}`);
    w.inAd(`both${n}`);
  }
  w.ad.objects.group("Sales");
  // Both have looked everybody up before either has created anybody.
  Object.assign(w.service?.switches ?? {}, { uniqueness: false, slowMs: 150, slowAnswerMs: 150 });
  const codes = await Promise.all(["cloud", "staff"].map(async (each) => (await w.run(`sync ${each}`)).code));
  expect(codes.toSorted()).toContain(4);
  const created = (w.service?.log ?? [])
    .filter(({ method }) => method === "POST")
    .map(({ body }) => JSON.parse(body));
  const names = created.map((each) => each.userName ?? each.displayName);
  expect(names.toSorted()).toEqual([...new Set(names)].toSorted());
  Object.assign(w.service?.switches ?? {}, { slowMs: 0, slowAnswerMs: 0 });
  await w.run("sync cloud staff");
  const { out } = await w.run("sync cloud staff");
  expect(out.replaceAll(/\s+/g, " ")).toMatch(
    /both\d+@corp.example(, match)?: user \S+ at the target has this userName, but belongs to connection (cloud|staff)/,
  );
  expect(w.service?.store.all("Users")).toHaveLength(26 - 1);
});
