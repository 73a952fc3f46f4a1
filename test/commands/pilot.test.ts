import { afterEach, expect, test } from "vitest";
import { Desk } from "./desk.ts";

const desks: Desk[] = [];
afterEach(() => {
  for (const each of desks.splice(0)) each[Symbol.dispose]();
});

/** Two of twelve people are in the pilot. */
async function begun(): Promise<Desk> {
  const desk = new Desk("    pilot: { groups: [Pilot] }\n");
  desks.push(desk);
  desk.directory.people("p", 12).group("g1", ["p0000", "p0001"], { name: "Pilot" });
  expect(await desk.run("sync")).toMatchObject({ code: 0 });
  return desk;
}

test("plan shows who waits outside the pilot apart from what a sync would do, and exits as the sync would", async () => {
  const desk = await begun();
  desk.directory.person("p0001", { title: "Boss" });
  const { code, out } = await desk.run("plan --limit 3", { columns: 80, environment: { NO_COLOR: "1" } });
  expect(code).toBe(0);
  expect(out).toContain("`rollcall sync staff` would update 1 of 2 people.");
  const [before = "", after = ""] = out.split("Not done because of the pilot");
  expect(before).toContain("p0001@example.com");
  expect(after).toContain("p0002@example.com");
  expect(after).toContain("7 more to create");
  expect(after).toContain("10 people and groups outside the pilot wait");
  for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  const json = JSON.parse((await desk.run("plan --json")).out);
  expect(json).toMatchObject({ plan: { actions: { update: 1 } }, waiting: { outside: 10 } });
  expect(json.items).toHaveLength(11);
  expect(json.items[1]).toMatchObject({ action: "create", blocked: "not in the pilot" });
});

test("sync, status and explain say it of one person and of all", async () => {
  const desk = await begun();
  expect((await desk.run("sync")).out).toContain("10 people and groups outside the pilot wait");
  expect((await desk.run("status")).out).toContain("10 people and groups outside the pilot wait");
  expect(JSON.parse((await desk.run("status --json")).out).connections[0]).toMatchObject({
    state: "ok",
    outside: 10,
    pending: 0,
  });
  const { out } = await desk.run("explain p0005@example.com");
  expect(out).toContain("not in the pilot: nothing is sent");
  expect(out).toContain("without the pilot a sync would do this:");
  const one = await desk.run("plan --user p0005@example.com");
  expect(one.out).toContain("not in the pilot: nothing is sent");
  expect(one.out).toContain("without the pilot a sync would do this:");
  expect((await desk.run("sync --user p0005@example.com")).out).not.toContain("1 person created");
});

test("who is gone has a day on which the account is deleted, in status and explain", async () => {
  const desk = new Desk("    policy: { deleteAfter: 30d }\n");
  desks.push(desk);
  desk.directory.people("p", 12);
  await desk.run("sync");
  desk.directory.remove("p0003");
  await desk.run("sync");
  await desk.run("sync");
  expect((await desk.run("status")).out).toMatch(
    /1 account of people who are gone will be deleted, the first in 30 d/,
  );
  expect(JSON.parse((await desk.run("status --json")).out).connections[0].grace).toMatchObject({ people: 1 });
  const { out } = await desk.run("explain p0003@example.com");
  expect(out).toMatch(/the account is deleted in 30 d/);
  expect(out).toContain("policy.deleteAfter");
});
