import { expect, test } from "vitest";
import { Desk } from "./desk.ts";

const nothing = { code: 0, out: "", err: "" };

test("what waits for the other side's account is one dim line, and nothing under --quiet", async () => {
  using desk = new Desk();
  desk.directory.person("boss", { enabled: false }).person("ann", { manager: "boss" });
  await desk.run("sync");
  const { code, out } = await desk.run("sync", { columns: 120, environment: { FORCE_COLOR: "1" } });
  expect(code).toBe(0);
  expect(out).toContain(
    "\n  \u001b[2mwaits      1 reference or membership until the other side has an account\u001b[",
  );
  expect(await desk.run("sync --quiet")).toEqual(nothing);
  expect(await desk.run("sync --quiet --user ann@example.com")).toEqual(nothing);
});

test("a connection that only plans says nothing under --quiet", async () => {
  using desk = new Desk("    mode: dry-run");
  desk.directory.people("u", 3);
  expect(await desk.run("sync --quiet")).toEqual(nothing);
  expect((await desk.run("sync")).out).toContain("dry run    this connection only plans");
});

test("what a person has to do is said under --quiet too, and only that", async () => {
  using desk = new Desk();
  desk.directory.people("u", 40).person("boss", { enabled: false }).person("ann", { manager: "boss" });
  await desk.run("sync");
  for (let n = 10; n < 22; n++) desk.directory.person(`u00${n}`, { enabled: false });
  const { code, out } = await desk.run("sync --quiet");
  expect(code).toBe(3);
  expect(out).toContain("12 of 41 people would be deactivated");
  expect(out).not.toContain("waits  ");
});
