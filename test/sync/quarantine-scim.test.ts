import { readFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, expect, test } from "vitest";
import { createLog } from "../../src/observe/log.ts";
import { type Fault, type ScimService, startScimService } from "../stand-ins/scim-service.ts";
import { openScim } from "../targets/open-scim.ts";
import { type World, worlds } from "../world.ts";

const world = worlds();
const services: ScimService[] = [];
afterEach(async () => {
  for (const service of services.splice(0)) await service.stop();
});

const scimError = "urn:ietf:params:scim:api:messages:2.0:Error";

/** Thirty people are there, over real sockets. */
async function inSync(): Promise<{ readonly w: World; readonly service: ScimService }> {
  const service = await startScimService();
  services.push(service);
  const w = world();
  w.target = async () => {
    const { api, close } = await openScim(service);
    return { ...api, close };
  };
  w.directory.people("p", 30);
  expect((await w.sync()).outcome).toBe("done");
  service.log.length = 0;
  return { w, service };
}

function answers(service: ScimService, fault: Omit<Fault, "how" | "headers">, body: unknown): void {
  const headers = { "content-type": "application/scim+json" };
  service.switches.faults.push({ ...fault, how: "answer", headers, body: JSON.stringify(body) });
}

test("a service that refuses everybody new: who leaves is switched off, and what is kept of the refusal names nobody", async () => {
  const { w, service } = await inSync();
  for (let n = 0; n < 12; n++)
    w.directory.person(`n${n}`, { name: `Canaria Marked ${n}`, login: `canary${n}@marked.example` });
  const detail =
    "Attribute 'department' is required for Canaria Marked (canary0@marked.example, correct-horse)";
  answers(
    service,
    { method: "POST", status: 400 },
    { schemas: [scimError], status: "400", scimType: "invalidValue", detail },
  );
  await w.sync();
  const { quarantine, outcome } = await w.sync();
  expect(outcome).toBe("quarantined");
  expect(quarantine?.failure).toEqual({
    method: "POST",
    path: "/Users",
    status: 400,
    code: "invalidValue",
    detail: "Attribute 'department' is required for ...)",
  });

  service.log.length = 0;
  w.directory.person("p0001", { enabled: false });
  expect(await w.sync({ trigger: "schedule" })).toMatchObject({ applied: { deactivate: 1 } });
  expect(service.store.all("Users").find((user) => user["externalId"] === "p0001")).toMatchObject({
    active: false,
  });
  expect(service.count("POST")).toBe(0);

  let said = "";
  const log = createLog("debug", { isTerminal: false, write: (text) => (said += text) });
  log.info({ quarantine }, "cycle ended");
  const kept = said + JSON.stringify(quarantine);
  for (const value of ["canary", "canaria", "marked", "correct-horse"])
    expect(kept.toLowerCase()).not.toContain(value);
});

test.each([
  [
    "404 where an empty list is due",
    { path: "/Users\\?filter", status: 404 },
    { schemas: [scimError], status: "404" },
  ],
  ["something else than a list", { path: "/Users\\?filter", status: 200 }, { hello: "world" }],
] as const)("%s quarantines at once, and removes nobody", async (_, fault, body) => {
  const { w, service } = await inSync();
  answers(service, fault, body);
  w.directory.person("ann");
  const report = await w.sync();
  expect(report).toMatchObject({
    outcome: "quarantined",
    applied: {},
    quarantine: {
      reason: "EncounteredQuarantineException",
      message: expect.stringContaining("app"),
    },
  });
  expect(JSON.stringify(report.quarantine)).not.toContain("ann");
  service.switches.faults.length = 0;
  expect(await w.sync()).toMatchObject({ outcome: "done", quarantine: undefined, applied: { create: 1 } });
});

test("a service that is down is in no quarantine, however long", async () => {
  const { w, service } = await inSync();
  service.switches.faults.push({ how: "answer", status: 503 });
  w.directory.people("n", 20);
  for (let n = 0; n < 3; n++) {
    expect(await w.sync()).toMatchObject({ outcome: "failed", quarantine: undefined });
    w.clock.pass(40 * 60_000);
  }
});

test("a snapshot of before knows its quarantine after the migration", () => {
  const folder = join(import.meta.dirname, "../../src/store/migrations/connection");
  const db = new Database(":memory:");
  for (const name of ["001-snapshot.sql", "009-quarantine.sql"]) {
    if (name === "009-quarantine.sql")
      db.exec(
        "insert into quarantine values (1, 'EncounteredQuarantineException', 1000, 'refused', 3, 9000)",
      );
    db.exec(readFileSync(join(folder, name), "utf8"));
  }
  expect(db.prepare("select series_began, evaluated_at, wait_ms, failure from quarantine").get()).toEqual({
    series_began: 1000,
    evaluated_at: 1000,
    wait_ms: 8000,
    failure: null,
  });
  db.close();
});
