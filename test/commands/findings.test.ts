import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ConfigurationError } from "../../src/errors.ts";
import type { Finding } from "../../src/scim/api.ts";
import { type Fault, startScimService } from "../stand-ins/scim-service.ts";
import { Desk } from "./desk.ts";

const refused: Finding = { ok: false, check: "login", message: "no", refused: true };
const missing: Finding = { ok: false, check: "permission", message: "no" };

test.each([
  ["a refused login, as a finding", async () => [refused], 5],
  ["a refused login beside a server that is down", async () => [missing, refused], 5],
  [
    "a secret that is not there",
    () => Promise.reject(new ConfigurationError("sources.people.bindPassword: not set")),
    2,
  ],
  ["anything else", async () => [missing], 1],
])("`test` exits as a sync would: %s", async (_, probe, code) => {
  using desk = new Desk();
  desk.source = { probe };
  expect((await desk.run("test")).code).toBe(code);
});

test("a look-up that the target refuses is a fault only where the mapping matches by it", async () => {
  const service = await startScimService();
  try {
    using desk = new Desk();
    writeFileSync(join(desk.folder, "token"), service.token, { mode: 0o600 });
    desk.directory.person("ann");
    desk.configure(
      `targets:\n  app: { type: scim, baseUrl: "${service.baseUrl}", token: { file: token } }\nconnections:\n  staff: { source: people, target: app }\n`,
    );
    const refuse = (path: string): Fault => ({ how: "answer", path, status: 400 });
    service.switches.faults = [refuse("emails")];
    const unused = await desk.run("test");
    expect(unused.out).toMatch(
      /! look-up of users by emails\[type eq "work"\]\.value: app refuses to filter/,
    );
    expect(unused.out).toContain("the mapping does not match users by it: nothing to do");
    expect(unused.code).toBe(0);
    service.switches.faults = [refuse("filter=userName")];
    const used = await desk.run("test");
    expect(used.out).toMatch(
      /✗ look-up of users by userName: app refuses to filter users by userName \(400\)/,
    );
    expect(used.code).toBe(1);
  } finally {
    await service.stop();
  }
});
