import { expect, test } from "vitest";
import { CredentialsRefused } from "../../src/errors.ts";
import { Desk } from "./desk.ts";

const two = `
connections:
  staff: { source: people, target: a }
  guests: { source: people, target: b }
targets:
  a: { type: embedded }
  b: { type: embedded }
`;

test("a pause needs a reason, is in the audit trail, and shows in status, plan and sync", async () => {
  using desk = new Desk();
  desk.directory.people("u", 3);
  await desk.run("sync");
  expect(await desk.run("pause")).toMatchObject({ code: 2 });
  const paused = await desk.run(["pause", "--reason", "the target is being moved"]);
  expect(paused).toMatchObject({ code: 0, out: "✓ staff: paused, nothing more is written\n" });
  desk.clock.pass(12 * 60_000);
  desk.directory.person("ann");

  const status = (await desk.run("status")).out;
  expect(status).toMatch(/staff +paused/);
  expect(status.replace(/\s+/g, " ")).toMatch(
    /paused 12 min ago by [^:]+: the target is being moved; until `rollcall resume` no sync writes anything/,
  );
  expect(status).toContain("→ rollcall resume staff");
  const sync = await desk.run("sync");
  expect(sync.code).toBe(0);
  expect(sync.out).toMatch(/Paused \([^)]+\): nothing was written; what is pending waits for a person\./);
  const plan = await desk.run("plan");
  expect(plan.code).toBe(0);
  expect(plan.out.replace(/\s+/g, " ")).toContain(
    "Nothing is written while it is paused; then `rollcall sync staff` would create 1 of 4 people",
  );
  expect((await desk.run("log")).out).toMatch(/• pause[\s\S]*the target is being moved/);
  expect((await desk.run("log verify")).code).toBe(0);
});

test("the first word stands when it is paused again, and resume says how long it was", async () => {
  using desk = new Desk();
  await desk.run(["pause", "--reason", "first"]);
  const again = JSON.parse((await desk.run(["pause", "--reason", "second", "--json"])).out);
  expect(again).toMatchObject({
    connections: [{ connection: "staff", isNew: false, pause: { reason: "first" } }],
  });
  desk.clock.pass(3_600_000);
  const resumed = await desk.run("resume --reason moved");
  expect(resumed.out.replace(/\s+/g, " ")).toMatch(
    /✓ staff: writes again, after 1 h \(paused by [^:]+: first\)/,
  );
  expect(await desk.run("resume")).toMatchObject({ code: 0, out: "  staff: is not paused\n" });
  const { out } = await desk.run("log");
  expect(out.match(/• (pause|resume)/g)).toEqual(["• pause", "• resume"]);
});

test("a pause is said while somebody else holds the connection's lock, and before it ever ran", async () => {
  using desk = new Desk();
  const lock = desk.lock("staff");
  expect((await desk.run("pause --reason now")).code).toBe(0);
  lock.release();
  desk.directory.people("u", 3);
  const { code, out } = await desk.run("sync");
  expect(code).toBe(0);
  expect(out).toContain("nothing was written");
  await desk.run("resume");
  expect((await desk.run("sync")).out).toContain("3 people created");
});

test("a paused sync that had nothing to write says so", async () => {
  using desk = new Desk();
  desk.directory.people("u", 3);
  await desk.run("sync");
  await desk.run("pause --reason now");
  expect((await desk.run("sync")).out).toMatch(/Paused \([^)]+\): there was nothing to write\./);
});

test("all connections are paused when none is named; one that does not exist is an error and pauses nothing", async () => {
  using desk = new Desk();
  desk.configure(two);
  expect(await desk.run("pause staff stuff --reason x")).toMatchObject({ code: 2 });
  expect(JSON.parse((await desk.run("status --json")).out)).toMatchObject({
    connections: [{ pause: null }, { pause: null }],
  });
  await desk.run("pause --reason x");
  await desk.run("resume guests");
  expect(JSON.parse((await desk.run("status --json")).out)).toMatchObject({
    connections: [{ state: "paused", pause: { reason: "x" } }, { pause: null }],
  });
});

test("what a person gave as a reason is shown, not obeyed", async () => {
  using desk = new Desk();
  const evil = "\u001b]0;x\u0007\u202Eevil";
  const screens = [
    await desk.run(["pause", "--reason", evil]),
    await desk.run(["pause", "--reason", "again"]),
    await desk.run("status"),
    await desk.run("sync"),
    await desk.run("resume"),
    await desk.run("log"),
  ];
  for (const { out } of screens) expect(out.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
});

test("quarantine list says why, since when, until when; release needs a reason and lets the next cycle try", async () => {
  using desk = new Desk();
  desk.directory.people("u", 3);
  await desk.run("sync");
  expect((await desk.run("quarantine")).out).toBe("No connection is in quarantine.\n");
  desk.source = {
    poll: () => {
      throw new CredentialsRefused("the password is refused", {
        exchange: { method: "bind", path: "dc1", status: 49 },
      });
    },
  };
  expect((await desk.run("sync")).code).toBe(5);
  desk.clock.pass(30 * 60_000);
  await desk.run("sync");
  const listed = (await desk.run("quarantine list")).out.replace(/\s+/g, " ");
  expect(listed).toContain(
    "✗ in quarantine since 30 min ago (EncounteredQuarantineException: the login or the protocol fails): the password is refused",
  );
  expect(listed).toContain("2 attempts in 30 min left it as it is; next attempt by itself in 10 min");
  expect(listed).toContain("first failed request: bind dc1, answered 49");
  expect(JSON.parse((await desk.run("quarantine --json")).out)).toMatchObject({
    connections: [
      {
        connection: "staff",
        quarantine: {
          reason: "EncounteredQuarantineException",
          seriesCount: 2,
          failure: { method: "bind", path: "dc1", status: 49 },
        },
      },
    ],
  });
  expect((await desk.run("quarantine release")).code).toBe(2);
  const lock = desk.lock("staff");
  expect((await desk.run(["quarantine", "release", "--reason", "new password"])).code).toBe(75);
  lock.release();
  const released = await desk.run(["quarantine", "release", "staff", "--reason", "new password"]);
  expect(released).toMatchObject({ code: 0 });
  expect(released.out.replace(/\s+/g, " ")).toContain(
    "✓ staff: out of quarantine, after 30 min (the password is refused)",
  );
  expect((await desk.run("log")).out).toMatch(/• release[\s\S]*new password/);
  expect(await desk.run("quarantine release staff --reason x")).toMatchObject({
    code: 0,
    out: "  staff is not in quarantine\n",
  });
});

test.each(["status", "quarantine", "pause --reason because", "resume"])(
  "%s fits on 80 columns",
  async (line) => {
    using desk = new Desk();
    desk.directory.people("u", 3);
    desk.source = {
      poll: () => {
        throw new CredentialsRefused("the password is refused");
      },
    };
    await desk.run("sync");
    await desk.run([
      "pause",
      "--reason",
      "the target is being moved to another continent, and that will take days",
    ]);
    const { out } = await desk.run(line, { columns: 80, environment: { NO_COLOR: "1" } });
    expect(out.split("\n").filter((each) => each.length > 80)).toEqual([]);
  },
);
