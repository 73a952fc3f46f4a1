import { describe, expect, test } from "vitest";
import { whoAmI } from "../../src/connection.ts";
import { CredentialsRefused } from "../../src/errors.ts";
import { Desk } from "./desk.ts";

const leavers = Array.from({ length: 12 }, (_, n) => `u${String(n).padStart(4, "0")}`);

/** Twelve of forty people are disabled at once. */
async function held(): Promise<Desk> {
  const desk = new Desk();
  desk.directory.people("u", 40);
  await desk.run("sync");
  for (const id of leavers) desk.directory.person(id, { enabled: false });
  expect((await desk.run("sync")).code).toBe(3);
  return desk;
}

async function active(desk: Desk): Promise<number> {
  const target = await desk.target();
  let n = 0;
  for await (const each of target.users.list(new AbortController().signal))
    if (each["active"] === true) n += 1;
  await target.close();
  return n;
}

async function members(desk: Desk, group: string): Promise<number | undefined> {
  const target = await desk.target();
  try {
    const [found] = await target.groups.find("displayName", group, new AbortController().signal);
    if (found === undefined) return undefined;
    return (await target.groups.members(found.id, new AbortController().signal)).size;
  } finally {
    await target.close();
  }
}

describe("one person who is held", () => {
  test("stays held without a reason, and the screen says how to let them through", async () => {
    using desk = await held();
    for (const command of ["sync", "plan"]) {
      const { code, out } = await desk.run(`${command} --user u0003@example.com`);
      expect(code).toBe(3);
      expect(out).toContain("This waits for a person's word (deactivations).");
      expect(out).toContain('→ rollcall sync staff --user u0003@example.com --reason "..."');
    }
    expect(await active(desk)).toBe(40);
  });

  test("is let through alone for a reason, with an approval in the audit trail", async () => {
    using desk = await held();
    const line = ["sync", "--user", "u0003@example.com", "--reason", "left on Friday"];
    const { out } = await desk.run(line);
    expect(out).toContain("1 write to the target:");
    expect(out).toContain(`deactivations: left on Friday (${whoAmI()})`);
    expect(await active(desk)).toBe(39);
    const trail = (await desk.run("log --user u0003@example.com --json")).out.trimEnd().split("\n");
    expect(trail.map((each) => JSON.parse(each) as unknown)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          event: "approval",
          action: "approve deactivations",
          reason: "left on Friday",
        }),
      ]),
    );
    expect((await desk.run("sync")).code).toBe(3);
    expect(await active(desk)).toBe(39);
    expect((await desk.run("log verify")).code).toBe(0);
  });

  test("is let through although a person had said no", async () => {
    using desk = await held();
    await desk.run(["held", "reject", "all", "--reason", "wrong export"]);
    expect((await desk.run("plan --user u0003@example.com")).out).toContain("A person said no to this.");
    await desk.run(["sync", "--user", "u0003@example.com", "--reason", "left after all"]);
    expect(await active(desk)).toBe(39);
    expect((await desk.run("sync")).code).toBe(0);
    expect(await active(desk)).toBe(39);
  });

  test("a reason alone is refused, and an empty one too", async () => {
    using desk = await held();
    expect(await desk.run(["sync", "--reason", "x"])).toMatchObject({ code: 2 });
    expect(await desk.run(["sync", "--group", "team", "--reason", "x"])).toMatchObject({ code: 2 });
    expect(await desk.run(["sync", "--user", "u0003", "--reason", " "])).toMatchObject({ code: 2 });
  });
});

test("of a first run that found accounts, one named person is let through, and the others still wait", async () => {
  using desk = new Desk();
  const target = await desk.target();
  for (const id of ["ann", "ben"])
    await target.users.create(
      {
        schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
        userName: `${id}@example.com`,
        active: true,
      },
      { signal: new AbortController().signal },
    );
  await target.close();
  desk.directory.person("ann").person("ben");
  expect((await desk.run("sync")).code).toBe(3);
  await desk.run(["sync", "--user", "ann@example.com", "--reason", "it is her account"]);
  expect((await desk.run("explain ann@example.com")).out).toContain("adopted");
  expect((await desk.run("explain ben@example.com")).out).toContain("exists already");
  const { code, out } = await desk.run("sync");
  expect(code).toBe(3);
  expect(out).toContain("1 existing account or group would be taken over");
});

test("in a quarantine one person and one group go all the same, with every step shown, also somebody who was deleted", async () => {
  using desk = new Desk();
  desk.directory.people("u", 4).group("team", ["u0000"], { name: "Team" });
  await desk.run("sync");
  desk.source = {
    poll: () => {
      throw new CredentialsRefused("the login was refused");
    },
  };
  expect((await desk.run("sync")).code).toBe(5);
  desk.directory.remove("u0001").join("team", "u0002");
  const plan = await desk.run("plan --user u0001");
  expect(plan.out.replaceAll(/\s+/g, " ")).toMatch(
    /1 import +u0001@example.com \(u0001\) is gone from the directory: .* \([a-z-]+\)/,
  );
  expect(plan.out).toContain("- deactivate");
  expect(await active(desk)).toBe(4);
  await desk.run("sync --group Team");
  expect(await members(desk, "Team")).toBe(2);
  await desk.run("sync --user u0001");
  expect(await active(desk)).toBe(3);
});

describe("one group on demand", () => {
  test("is read with its members and pushed; who has no account is told and not created", async () => {
    using desk = new Desk();
    desk.directory.people("u", 5);
    await desk.run("sync");
    desk.directory.person("new").group("team", ["u0000", "u0001", "new"], { name: "Team" });
    const plan = await desk.run("plan --group team");
    expect(plan).toMatchObject({ code: 0 });
    for (const part of ["1 import", "2 scope", "3 match", "members", "4 action"])
      expect(plan.out).toContain(part);
    expect(plan.out).toContain("3 in the directory, 2 wanted at the target, 0 there by our doing");
    expect(await members(desk, "Team")).toBeUndefined();
    const { code, out } = await desk.run("sync --group team");
    expect(code).toBe(0);
    expect(out).toContain("sync of one group");
    expect(await members(desk, "Team")).toBe(2);
    expect(await active(desk)).toBe(5);
    await desk.run("sync");
    expect(await members(desk, "Team")).toBe(3);
  });

  test("whose member waits for an account names that member", async () => {
    using desk = new Desk();
    desk.directory.people("u", 3);
    await desk.run("sync");
    desk.directory.person("new").group("team", ["u0000", "new"], { name: "Team" });
    await desk.run("plan");
    const { out } = await desk.run("sync --group Team");
    expect(out).toContain("1 member has no account yet and is not created by this: new@example.com");
    expect(await members(desk, "Team")).toBe(1);
    const json = JSON.parse((await desk.run("plan --group Team --json")).out) as { subject: unknown };
    expect(json.subject).toMatchObject({ kind: "group", members: { listed: 2, wanted: 2, applied: 1 } });
  });

  test("loses whom the directory no longer lists, within the limits", async () => {
    using desk = new Desk();
    desk.directory.people("u", 30).group("team", leavers, { name: "Team" });
    await desk.run("sync");
    desk.directory.leave("team", "u0000");
    expect((await desk.run("sync --group Team")).code).toBe(0);
    expect(await members(desk, "Team")).toBe(11);
    for (const id of leavers.slice(1, 9)) desk.directory.leave("team", id);
    const { code, out } = await desk.run("sync --group Team");
    expect(code).toBe(3);
    expect(out).toContain("held");
    expect(await members(desk, "Team")).toBe(11);
  });

  test("touches no other group and nobody else's changes", async () => {
    using desk = new Desk();
    desk.directory
      .people("u", 6)
      .group("team", ["u0000"], { name: "Team" })
      .group("other", ["u0000"], { name: "Other" });
    await desk.run("sync");
    desk.directory.join("team", "u0001").join("other", "u0001").person("u0002", { title: "Boss" });
    await desk.run("plan");
    await desk.run("sync --group Team");
    expect(await members(desk, "Team")).toBe(2);
    expect(await members(desk, "Other")).toBe(1);
    expect((await desk.run("plan")).out).toContain("Boss");
  });

  test("that was deleted is told with the evidence; a name that two have lists their ids; an unknown one says so", async () => {
    using desk = new Desk();
    desk.directory
      .people("u", 3)
      .group("one", ["u0000"], { name: "Twin" })
      .group("two", ["u0001"], { name: "Twin" });
    await desk.run("sync");
    const twin = await desk.run("sync --group Twin");
    expect(twin).toMatchObject({ code: 2 });
    expect(twin.err).toContain("name one by id: one (Twin), two (Twin)");
    desk.directory.remove("one");
    const gone = await desk.run("sync --group one");
    expect(gone.out).toMatch(/is gone from the directory: .* \(.*\)/);
    expect((await desk.run("sync --group nobody")).err).toContain(
      'no group in the directory or the snapshot answers to "nobody"',
    );
    expect((await desk.run("sync --group one --user u0000")).code).toBe(2);
    expect((await desk.run("sync --group one --reconcile")).code).toBe(2);
  });
});
