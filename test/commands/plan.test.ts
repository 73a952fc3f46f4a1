import { expect, test } from "vitest";
import type { StoredResource } from "../../src/scim/resource.ts";
import { Desk } from "./desk.ts";

test("a plan writes nothing to the target, and a sync does what it said", async () => {
  using desk = new Desk();
  desk.directory
    .person("ann", { name: "Ann Lee", title: "Engineer" })
    .person("bob")
    .group("g", ["ann"], { name: "app-all" });
  const plan = await desk.run("plan");
  expect(plan.code).toBe(0);
  expect(plan.out).toContain('+ create      ann@example.com  "Ann Lee"');
  expect(plan.out).toContain(
    "`rollcall sync staff` would create 2 people, create 1 group and change members of 1 group (+1).",
  );
  expect(await accounts(desk)).toEqual([]);

  await desk.run("sync");
  expect((await accounts(desk)).map((user) => user["userName"]).sort()).toEqual([
    "ann@example.com",
    "bob@example.com",
  ]);
  const after = await desk.run("plan");
  expect(after.out).toContain("Nothing to do: 2 people and 1 group are as they should be.");
});

test("values show old, new and their expression; counts show their whole", async () => {
  using desk = new Desk();
  desk.directory.people("u", 30).person("ann", { title: "Engineer", department: "IT" });
  await desk.run("sync");
  desk.directory
    .person("ann", { title: "Lead" })
    .clear("ann", "department")
    .person("u0001", { enabled: false });
  const { code, out } = await desk.run("plan");
  expect(code).toBe(0);
  expect(out).toMatch(/title +"Engineer" → "Lead" +user\.title/);
  expect(out).toMatch(/department +"IT" → \(empty\) +user\.department/);
  expect(out).toMatch(/- deactivate +u0001@example\.com.*\n +disabled in the directory/);
  expect(out).toContain("would deactivate 1 of 31 people and update 1 of 31 people.");
});

test("a reference is an action of its own, and one that goes away is called cleared", async () => {
  using desk = new Desk();
  desk.directory.people("u", 5).person("ann", { manager: "u0001" }).person("bob");
  await desk.run("sync");
  desk.directory.clear("ann", "manager").person("bob", { manager: "u0002" });
  const { out } = await desk.run("plan");
  expect(out).toMatch(
    /~ reference +ann@example\.com.*\n +manager +"u0001@example\.com" → cleared +user\.manager/,
  );
  expect(out).toMatch(/~ reference +bob@example\.com.*\n +manager +"u0002@example\.com" +user\.manager/);
  expect(out).not.toContain("~ update");
  expect(out).toContain("would set or clear 2 references (manager).");
});

test("what is over its limit is held: the plan exits 3 as the sync would, and names what to type", async () => {
  using desk = new Desk();
  desk.directory.people("u", 40);
  await desk.run("sync");
  for (let n = 0; n < 12; n++) desk.directory.person(`u00${String(n).padStart(2, "0")}`, { enabled: false });
  const { code, out } = await desk.run("plan");
  expect(code).toBe(3);
  expect(out).toContain("12 of 40 people would be deactivated (limit 10: 5 %, at least 10); 12 wait");
  expect(out).toContain("rollcall held approve deactivations");
  expect(out).toContain(
    "`rollcall sync staff` would do nothing now: what is pending (deactivate 12 of 40 people) waits",
  );
  expect(out).not.toContain("Of these");
});

test("an existing account is shown with what it was found by, and a first run writes nothing", async () => {
  using desk = new Desk();
  const target = await desk.target();
  await target.users.create(
    { userName: "ann@example.com", externalId: "hr-9" },
    { signal: new AbortController().signal },
  );
  await target.close();
  desk.directory.person("ann").person("bob");
  const plan = await desk.run("plan");
  expect(plan.code).toBe(3);
  expect(plan.out).toMatch(
    /= adopt +ann@example\.com.*\n +found by userName: \S+, external id "hr-9"\n +held: adoptions/,
  );
  const sync = await desk.run("sync");
  expect(sync).toMatchObject({ code: 3 });
  expect(sync.out).toContain("Nothing was written (0 writes");
  expect(await accounts(desk)).toHaveLength(1);
});

test("--limit cuts each kind, and 0 shows all", async () => {
  using desk = new Desk();
  desk.directory.people("u", 60);
  const first = await desk.run("plan");
  expect(first.out).toMatch(/changes +\+ create +60 +people/);
  expect(first.out.match(/\+ create +u/g)).toHaveLength(10);
  expect(first.out).toContain("+ ... 50 more to create (--limit 0 shows all)");
  expect((await desk.run("plan --limit 0")).out.match(/\+ create +u/g)).toHaveLength(60);
});

test("--user shows the steps of one person", async () => {
  using desk = new Desk("    scope: { users: 'user.department == \"IT\"' }");
  desk.directory.person("ann", { department: "IT" }).person("bob", { department: "Sales" });
  const ann = await desk.run("plan --user ann@example.com");
  expect(ann.out).toMatch(/1 import +ann@example\.com \(ann\)/);
  expect(ann.out).toMatch(/2 scope +in scope: .*user\.department == "IT"/);
  expect(ann.out).toMatch(/3 match +no account at the target has the same externalId or userName/);
  expect(ann.out).toMatch(/4 action +a sync would do this:\n +\+ create/);
  const bob = await desk.run("plan --user bob@example.com");
  expect(bob.out).toMatch(/2 scope +not in scope/);
  expect(bob.out).toMatch(/4 action +none/);
  expect(await desk.run("plan --user nobody")).toMatchObject({ code: 2 });
});

test("--json is one document with every item and whole values", async () => {
  using desk = new Desk();
  desk.directory.person("ann", { name: "A\u202e\u009bnn", title: "x".repeat(300) });
  const { code, out } = await desk.run("plan --json");
  expect(code).toBe(0);
  expect(out).not.toMatch(/[\u007f-\u009f\p{Cf}]/u);
  const plan = JSON.parse(out) as {
    readonly items: readonly { readonly values: readonly Record<string, unknown>[] }[];
  };
  expect(plan).toMatchObject({
    version: 1,
    kind: "Plan",
    connection: "staff",
    outcome: "done",
    read: { type: "full", users: 1, why: "first read" },
    items: [{ action: "create", label: "ann@example.com" }],
  });
  expect(plan.items[0]?.values).toContainEqual({
    path: "title",
    before: null,
    after: "x".repeat(300),
    from: "user.title",
  });
});

test("a dry run says what would be done, and writes nothing", async () => {
  using desk = new Desk("    mode: dry-run");
  desk.directory.people("u", 3);
  const sync = await desk.run("sync");
  expect(sync.code).toBe(0);
  expect(sync.out).toContain("with `mode: sync` this sync would create 3 people");
  expect(await accounts(desk)).toEqual([]);
});

async function accounts(desk: Desk): Promise<StoredResource[]> {
  const target = await desk.target();
  try {
    const found: StoredResource[] = [];
    for await (const user of target.users.list(new AbortController().signal)) found.push(user);
    return found;
  } finally {
    await target.close();
  }
}
