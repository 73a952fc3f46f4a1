import { expect, test } from "vitest";
import { Desk } from "./desk.ts";

const guarded = `    protect: { users: [u0001, nobody@example.com] }
    privilegedGroups: [admins]
    canary: { user: u0002 }
`;

/** 20 people; u0003 is in admins, and approved. u0001 left, and is protected. */
async function desk(): Promise<Desk> {
  const made = new Desk(guarded);
  made.directory.people("u", 20).group("admins", ["u0003"]);
  await made.run("sync");
  await made.run(["held", "approve", "privileged-additions", "--reason", "first members"]);
  await made.run("sync");
  made.directory.remove("u0001");
  return made;
}

test("sync, plan, status and explain say who is protected and why, and end well", async () => {
  using made = await desk();
  const plan = await made.run("plan");
  expect(plan).toMatchObject({ code: 0 });
  expect(plan.out).toContain('protected: protect.users names "u0001"');
  const sync = await made.run("sync");
  expect(sync).toMatchObject({ code: 0 });
  for (const screen of [sync.out, (await made.run("status")).out]) {
    expect(screen.replace(/\s+/g, " ")).toContain(
      'u0001@example.com is left as it is: protect.users names "u0001"',
    );
    expect(screen.replace(/\s+/g, " ")).toContain(
      'protect.users: nobody in the snapshot answers to "nobody@example.com"; only an account of that name at the target is kept from being taken over',
    );
  }
  expect((await made.run("status")).out).toContain("nothing to do");
  const explained = (await made.run("explain u0001")).out.replace(/\s+/g, " ");
  expect(explained).toContain(
    'protected (protect.users names "u0001"): never taken over, renamed, switched off or deleted',
  );
  const one = await made.run(["sync", "--user", "u0001", "--reason", "she asked for it"]);
  expect(one).toMatchObject({ code: 0 });
  expect(one.out).toContain("none: see below");
  const target = await made.target();
  const [account] = await target.users.find("userName", "u0001@example.com", new AbortController().signal);
  await target.close();
  expect(account?.["active"]).toBe(true);
  expect((await made.run("held")).out).toBe("Nothing is held.\n");
  const documents = [
    JSON.parse((await made.run("sync --json")).out),
    JSON.parse((await made.run("status --json")).out).connections[0],
  ];
  for (const document of documents)
    expect(document).toMatchObject({
      protected: { count: 1, changes: [{ sourceId: "u0001", reason: 'protect.users names "u0001"' }] },
      unknownEntries: [expect.stringContaining("nobody@example.com")],
    });
  expect(JSON.parse((await made.run("explain u0001 --json")).out).found[0]).toMatchObject({
    protectedBy: 'protect.users names "u0001"',
  });
});

test("validate names the entries that mean nobody, once there is a snapshot to ask", async () => {
  using fresh = new Desk(guarded);
  expect((await fresh.run("validate")).out).not.toContain("nobody");
  using made = await desk();
  const { code, out } = await made.run("validate");
  expect(code).toBe(0);
  expect(out).toContain(
    'connections.staff.protect.users.1: nobody in the snapshot answers to "nobody@example.com"; it only keeps',
  );
  expect(out.match(/nobody in the snapshot/g)).toHaveLength(1);
});

test("a privileged group that is named wrongly is an error of the configuration", async () => {
  using made = new Desk("    privilegedGroups: [adminz]\n");
  made.directory.people("u", 3).group("admins", []);
  const { code, err } = await made.run("sync");
  expect(code).toBe(2);
  expect(err).toContain('privilegedGroups: there is no group "adminz" in the directory');
});

test("a full read without its canary fails and says why; the next one with it goes on", async () => {
  using made = await desk();
  made.directory.hide("u0002", "not-found");
  const { code, out } = await made.run("sync --full");
  expect(code).toBe(1);
  expect(out).toContain("canary");
  made.directory.person("u0002");
  expect(await made.run("sync --full")).toMatchObject({ code: 0 });
});

test("an edit is held with its impact, listed one by one, and let through by a word", async () => {
  using made = new Desk();
  made.directory.people("u", 20);
  await made.run("sync");
  made.configure(
    "connections:\n  staff:\n    source: people\n    scope: { users: 'user.id != \"u0004\"' }\n",
  );
  const sync = await made.run("sync");
  expect(sync).toMatchObject({ code: 3 });
  expect(sync.out).toContain("the edit of the configuration deactivates 1 of 20 people; 1 waits");
  expect((await made.run("held")).out).toContain("u0004@example.com");
  expect((await made.run("explain u0004")).out).toContain("held: configuration");
  expect(await made.run(["held", "approve", "configuration", "--reason", "moved away"])).toMatchObject({
    code: 0,
  });
  expect((await made.run("sync")).out).toContain("1 person deactivated");
});
