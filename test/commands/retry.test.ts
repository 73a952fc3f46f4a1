import { expect, test } from "vitest";
import { Desk } from "./desk.ts";

async function synced(): Promise<Desk> {
  const desk = new Desk();
  desk.directory.person("ann").person("ben").person("cem").group("team", ["ann"]);
  expect((await desk.run("sync")).code).toBe(0);
  return desk;
}

/** As if the target had refused these for so long that they were given up. */
function giveUp(desk: Desk, ...logins: readonly string[]): void {
  const since = desk.clock.now() - 30 * 86_400_000;
  for (const login of logins) {
    desk.tamper(
      `update resource set failures = 30, failing_since = ${since}, given_up = ${desk.clock.now()}, retry_at = null, error = 'refused', error_code = 'invalid-value', applied = null where label = '${login}@example.com'`,
    );
  }
}

test("what was given up is tried by the next cycle, and said what it was", async () => {
  using desk = await synced();
  giveUp(desk, "ann", "ben");
  expect((await desk.run("sync")).code).toBe(4);
  const status = await desk.run("status --verbose");
  expect(status.out).toContain("given up since");
  expect(status.out).toContain("2 of these given up");
  const { code, out } = await desk.run("retry");
  expect(code).toBe(0);
  expect(out).toContain("staff: 2 people and groups are tried again");
  expect(out).toContain("rollcall sync staff");
  expect((await desk.run("sync")).code).toBe(0);
});

test.each(["ann@example.com", "ann", "ANN@EXAMPLE.COM"])("one person is known as %s", async (key) => {
  using desk = await synced();
  giveUp(desk, "ann", "ben");
  const { code, out } = await desk.run(["retry", key, "--json"]);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    kind: "Retry",
    object: key,
    connections: [{ connection: "staff", objects: 1, parts: 0 }],
  });
  expect((await desk.run("sync")).code).toBe(4);
  expect((await desk.run("status --verbose")).out).not.toContain("ann@example.com");
});

test("a group is known by its name, and its memberships are tried again with it", async () => {
  using desk = await synced();
  desk.tamper(
    `update membership set failures = 9, failing_since = 1, given_up = ${desk.clock.now()}, error = 'refused', applied = 0`,
  );
  const status = await desk.run("status");
  expect(status.out).toContain("team, member ann@example.com: refused; given up since");
  expect((await desk.run("retry team")).out).toContain(
    "staff: team: 1 reference or membership is tried again",
  );
  expect((await desk.run("sync")).code).toBe(0);
});

test("an unknown name is an error with what may have been meant", async () => {
  using desk = await synced();
  giveUp(desk, "ann");
  const { code, err } = await desk.run("retry amn@example.com");
  expect(code).toBe(2);
  expect(err).toContain('did you mean "ann@example.com"?');
});

test("who is not failing is said to be fine, and nothing failing is no error", async () => {
  using desk = await synced();
  expect(await desk.run("retry ann")).toMatchObject({ code: 0, out: "  staff: ann is not failing\n" });
  expect(await desk.run("retry")).toMatchObject({ code: 0, out: "  staff: nothing is failing\n" });
});

test("a connection that somebody works on is left to them", async () => {
  using desk = await synced();
  giveUp(desk, "ann");
  const lock = desk.lock("staff");
  expect(await desk.run("retry")).toMatchObject({ code: 75 });
  lock.release();
  expect((await desk.run("retry")).code).toBe(0);
});

test("of several connections one can be named, and each is told apart", async () => {
  using desk = await synced();
  giveUp(desk, "ann");
  desk.configure(
    "targets: { second: { type: embedded } }\nconnections:\n  staff: { source: people }\n  other: { source: people, target: second }\n",
  );
  expect((await desk.run("retry")).out).toContain("other: never ran");
  giveUp(desk, "ann");
  await desk.run("sync other");
  expect(await desk.run("retry --connection other")).toMatchObject({
    code: 0,
    out: "  other: nothing is failing\n",
  });
  const { out } = await desk.run("retry");
  expect(out).toContain("staff: 1 person or group is tried again");
  expect(out).toContain("other: nothing is failing");
});

test("several who answer to one name are listed with their ids", async () => {
  using desk = await synced();
  desk.directory.person("dan", { title: "Boss" }).person("eve", { title: "Boss" });
  await desk.run("sync");
  const { code, err } = await desk.run("retry Boss");
  expect(code).toBe(2);
  expect(err).toContain("dan (dan@example.com), eve (eve@example.com)");
});
