import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { type ScimService, type Switches, startScimService } from "../stand-ins/scim-service.ts";
import { Desk } from "./desk.ts";

const hour = 3_600_000;
const running: ScimService[] = [];
const desks: Desk[] = [];

afterEach(async () => {
  for (const each of desks.splice(0)) each[Symbol.dispose]();
  for (const each of running.splice(0)) await each.stop();
});

/** A desk whose target is a SCIM service. */
async function atService(
  switches: Partial<Switches>,
): Promise<{ readonly desk: Desk; readonly service: ScimService }> {
  const service = await startScimService({ switches });
  running.push(service);
  const desk = new Desk();
  desks.push(desk);
  const file = join(desk.folder, "token");
  writeFileSync(file, service.token);
  chmodSync(file, 0o600);
  desk.configure(
    `targets:\n  app: { type: scim, baseUrl: "${service.baseUrl}", token: { file: ${file} } }\nconnections:\n  staff: { source: people, target: app, reconcile: never }\n`,
  );
  return { desk, service };
}

test("people who wait for a seat are counted by every command, and are not failing", async () => {
  const { desk } = await atService({ seats: 2 });
  desk.directory.people("p", 5);
  const sync = await desk.run("sync", { columns: 160, environment: { NO_COLOR: "1" } });
  expect(sync.code).toBe(4);
  expect(sync.out).toContain("waiting for seats: 3; the target has no licence left");
  expect(sync.out).toContain("3 people wait for seats");
  expect(sync.out).not.toContain("failing");
  const status = await desk.run("status", { columns: 160, environment: { NO_COLOR: "1" } });
  expect(status.code).toBe(0);
  expect(status.out).toMatch(/staff +waiting /);
  expect(status.out).toContain("waiting for seats: 3 (p000");
  expect(status.out).toContain("get more licences at the target");
  const json = JSON.parse((await desk.run("status --json")).out) as {
    connections: { waitingForSeats: { label: string }[] }[];
  };
  expect(json.connections[0]).toMatchObject({ failing: 0, failingReferences: 0, seats: 3, state: "waiting" });
  const login = json.connections[0]?.waitingForSeats[0]?.label ?? "";
  expect((await desk.run(["explain", login])).out).toContain("waiting for a seat since");
  expect((await desk.run(["retry", login])).out).toContain("waits for a seat; every cycle asks for one");
  expect((await desk.run("sync --quiet")).out).toContain("waiting for seats: 3");
}, 40_000);

test("a refused manager is shown beside the people who are failing, with when it is tried again", async () => {
  const { desk, service } = await atService({});
  desk.directory.person("ann").person("ben").person("zoe");
  await desk.run("sync");
  service.switches.faults.push({ method: "PATCH", contains: "manager", how: "answer", status: 400 });
  desk.directory.person("ann", { manager: "zoe", title: "Boss" });
  const sync = await desk.run("sync --json");
  expect(sync.code).toBe(4);
  expect(JSON.parse(sync.out)).toMatchObject({
    applied: { update: 1 },
    waiting: { failing: 0, failingReferences: 1, references: 0, givenUp: 0, seats: 0 },
  });
  desk.clock.pass(hour);
  await desk.run("sync");
  const wide = { columns: 200, environment: { NO_COLOR: "1" } };
  expect((await desk.run("status", wide)).out).toMatch(
    /ann@example\.com, manager zoe@example\.com: .*; tried again in 6 h/,
  );
  expect((await desk.run("explain ann@example.com", wide)).out).toMatch(
    /manager zoe@example\.com: failing since .*2 attempts.*tried again in 6 h/,
  );
  expect((await desk.run("explain ann@example.com --json")).out).toContain('"failingParts":[{');
}, 40_000);

test("a deactivation that is refused for more than a day is said once a day, and its age by status always", async () => {
  const { desk, service } = await atService({});
  desk.directory.person("ann").people("p", 9);
  await desk.run("sync");
  service.switches.faults.push({ method: "PATCH", how: "answer", status: 403 });
  desk.directory.person("ann", { enabled: false });
  await desk.run("sync");
  const wide = { columns: 200, environment: { NO_COLOR: "1" } };
  const overdue: boolean[] = [];
  for (let n = 0; n < 6; n++) {
    desk.clock.pass(8 * hour);
    const { code, out } = await desk.run("sync --quiet", wide);
    expect(code).toBe(4);
    overdue.push(out.includes("take the access away at the target by hand"));
  }
  expect(overdue).toEqual([false, false, true, false, false, true]);
  const status = await desk.run("status", wide);
  expect(status.out).toContain("oldest pending deactivation: 2 d ago");
  expect((await desk.run("status --json")).out).toMatch(/"oldestDeactivation":"2026-11-01T/);
}, 40_000);
