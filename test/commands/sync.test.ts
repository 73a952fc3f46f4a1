import { expect, test } from "vitest";
import { ConnectionError, CredentialsRefused, TransientError } from "../../src/errors.ts";
import { Desk } from "./desk.ts";

function throwing(error: Error) {
  return {
    // biome-ignore lint/correctness/useYield: a poll that fails at once
    poll: async function* (): AsyncGenerator<never> {
      throw error;
    },
  };
}

test("a first sync says what it did, a second one says plainly that nothing changed", async () => {
  using desk = new Desk();
  desk.directory
    .people("u", 12)
    .person("boss")
    .person("ann", { manager: "boss" })
    .group("g", ["ann", "boss"], { name: "app-all" });
  const first = await desk.run("sync");
  expect(first.code).toBe(0);
  for (const text of [
    "everything (first read): 14 people and 1 group",
    "14 people created",
    "1 group created",
    "1 reference set or cleared",
    "2 memberships added",
    "14 of 14 people and 1 of 1 group in scope are active at",
  ])
    expect(first.out).toContain(text);
  const second = await desk.run("sync");
  expect(second.code).toBe(0);
  expect(second.out).toContain("only what changed since the last read: nothing");
  expect(second.out).toMatch(/Nothing changed: 14 people and 1 group are as they should be\. 0 writes/);
});

test("progress goes to standard error and leaves no trace on a terminal; --quiet says nothing", async () => {
  using desk = new Desk();
  desk.directory.people("u", 5);
  const { out, err } = await desk.run("sync", { columns: 80, environment: { NO_COLOR: "1" } });
  expect(err).toContain("staff: reading the directory");
  expect(err.endsWith("\r\u001b[2K")).toBe(true);
  expect(out.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
  expect(await desk.run("sync --quiet", { columns: 80 })).toEqual({ code: 0, out: "", err: "" });
});

test.each([
  ["an answer that was cut", new TransientError("the connection was cut", { outcome: "none" }), 1],
  [
    "something that a person must mend",
    new ConnectionError("the base DN does not exist", { hint: "correct baseDn" }),
    1,
  ],
  ["a refused login", new CredentialsRefused("the password is refused", { hint: "correct it" }), 5],
])("%s ends with its sentence, its exit code and no write", async (_, error, exit) => {
  using desk = new Desk();
  desk.directory.people("u", 3);
  desk.source = throwing(error);
  const sync = await desk.run("sync");
  expect(sync.code).toBe(exit);
  expect(sync.out).toContain(error.message);
  expect(sync.out).toContain("nothing was written");
  if (error.hint !== undefined) expect(sync.out).toContain(error.hint);
  expect((await desk.run("plan")).code).toBe(exit);
});

test("a refused login quarantines the connection, and status says until when and what to type", async () => {
  using desk = new Desk();
  desk.directory.people("u", 3);
  await desk.run("sync");
  desk.source = throwing(new CredentialsRefused("the password is refused"));
  await desk.run("sync");
  const { code, out } = await desk.run("status");
  expect(code).toBe(0);
  expect(out).toMatch(/staff +quarantined/);
  const said = out.replace(/\s+/g, " ");
  expect(said).toContain("EncounteredQuarantineException: the login or the protocol fails): the password is");
  expect(said).toContain("next attempt by itself in 40 min, until then nothing is asked");
  expect(JSON.parse((await desk.run("status --json")).out)).toMatchObject({
    connections: [{ quarantine: { reason: "EncounteredQuarantineException" } }],
  });
  expect(out).toContain("rollcall test staff");
});

test("our own bug is printed with its stack and called one", async () => {
  using desk = new Desk();
  desk.directory.people("u", 3);
  desk.source = throwing(new TypeError("x is not a function"));
  const { code, err } = await desk.run("sync");
  expect(code).toBe(1);
  expect(err).toContain("rollcall: TypeError: x is not a function\n");
  expect(err).toContain("This is a bug in rollcall.");
  expect(err).toMatch(/ at /);
});

test("of a bug's words only those are printed in which no value can stand", async () => {
  using desk = new Desk();
  desk.source = throwing(
    Object.assign(new RangeError("ann@example.com\u001b[2J"), { code: "ERR_OUT_OF_RANGE" }),
  );
  const { err } = await desk.run("sync");
  expect(err).toContain("rollcall: RangeError (ERR_OUT_OF_RANGE)\n");
  expect(err).not.toContain("ann@");
});

test("a connection that somebody else works on is busy: 75, and the others go on", async () => {
  using desk = new Desk();
  desk.configure(
    "connections:\n  first: { source: people, target: one }\n  second: { source: people, target: two }\ntargets:\n  one: { type: embedded }\n  two: { type: embedded }\n",
  );
  desk.directory.people("u", 2);
  const lock = desk.lock("first");
  try {
    const { code, out, err } = await desk.run("sync");
    expect(code).toBe(75);
    expect(err).toContain("first: another rollcall is working on this connection");
    expect(out).toContain("2 people created");
  } finally {
    lock.release();
  }
  expect((await desk.run("sync")).code).toBe(0);
});

test("of several exit codes the graver one counts", async () => {
  using desk = new Desk();
  desk.configure(
    "connections:\n  first: { source: people, target: one, policy: { existingAccounts: review } }\n  second: { source: people, target: two }\ntargets:\n  one: { type: embedded }\n  two: { type: embedded }\n",
  );
  desk.directory.people("u", 2);
  let polls = 0;
  const inner = desk.directory.source();
  desk.source = {
    poll: (cursor, signal) => {
      polls += 1;
      return polls === 1 ? throwing(new CredentialsRefused("refused")).poll() : inner.poll(cursor, signal);
    },
  };
  const lock = desk.lock("second");
  expect((await desk.run("sync")).code).toBe(5);
  lock.release();
});

test("the first interrupt stops a sync at its next step, and it says what is left", async () => {
  using desk = new Desk();
  desk.directory.people("u", 200);
  const stop = new AbortController();
  const inner = desk.directory.source();
  desk.source = {
    async *poll(cursor, signal) {
      for await (const page of inner.poll(cursor, signal)) {
        yield page;
        stop.abort();
      }
    },
  };
  const { code, out } = await desk.run("sync", { signal: stop.signal });
  expect(code).toBe(1);
  expect(out).toContain("Stopped after");
  expect(out).toContain("nothing was written");
  desk.source = {};
  expect((await desk.run("sync")).out).toContain("200 people created");
});

test("--user shows import, scope, match and the writes", async () => {
  using desk = new Desk();
  desk.directory.person("ann", { name: "Ann Lee" }).person("bob");
  const { code, out } = await desk.run("sync --user ann@example.com");
  expect(code).toBe(0);
  expect(out).toMatch(/1 import[\s\S]*2 scope[\s\S]*3 match[\s\S]*4 action +1 write to the target/);
  expect(out).toMatch(/\+ create +done/);
  expect(out).toContain("displayName");
});

test("sync and status count the same people, and say of whom", async () => {
  using desk = new Desk("    scope: { users: 'user.department == \"IT\"' }");
  desk.directory
    .people("u", 6)
    .person("ann", { department: "IT" })
    .person("bob", { department: "IT", enabled: false });
  const text = "1 of 2 people in scope are active at the target";
  expect((await desk.run("sync")).out).toContain(text);
  const { out } = await desk.run("status");
  expect(out).toContain(text);
  expect(out).toMatch(/ 1\/2 /);
});

test("--user of somebody who is not visible any more leaves no sentence open", async () => {
  using desk = new Desk();
  desk.directory.person("ann").person("bob");
  await desk.run("sync");
  desk.directory.hide("bob");
  const { out } = await desk.run("sync --user bob@example.com");
  expect(out).toMatch(/2 scope +not in scope: the rules are not asked about somebody who is gone\n/);
});

test("each connection is a JSON document on a line of its own", async () => {
  using desk = new Desk();
  desk.directory.people("u", 2);
  const { out } = await desk.run("sync --json");
  expect(JSON.parse(out)).toMatchObject({
    version: 1,
    kind: "Report",
    connection: "staff",
    outcome: "done",
    applied: { create: 2 },
    problem: null,
  });
  const lock = desk.lock("staff");
  const busy = await desk.run("sync --json");
  lock.release();
  expect(busy.code).toBe(75);
  expect(JSON.parse(busy.out)).toMatchObject({ kind: "Error", exitCode: 75 });
});
