import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CredentialsRefused } from "../../../src/errors.ts";
import { silent } from "../../../src/log.ts";
import { definition } from "../../../src/targets/http/index.ts";
import { type ScimService, startScimService } from "../../stand-ins/scim-service.ts";
import { realClock } from "../open-scim.ts";

let service: ScimService;
let folder: string;
beforeEach(async () => {
  service = await startScimService();
  folder = mkdtempSync(join(tmpdir(), "rollcall-tokens-"));
});
afterEach(async () => {
  await service.stop();
  rmSync(folder, { recursive: true });
});

function keep(name: string, text: string): { readonly file: string } {
  const file = join(folder, name);
  writeFileSync(file, text, { mode: 0o600 });
  return { file };
}

const open = (token: unknown) =>
  definition.open(definition.settings.parse({ baseUrl: service.baseUrl, token }), {
    name: "app",
    folder,
    clock: realClock,
    log: silent,
  });

const signal = AbortSignal.timeout(10_000);
const user = {
  schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
  userName: "ann@example.com",
  active: true,
};

test("of a list of tokens the next one is taken where one is refused, also for a write, which is done once", async () => {
  const api = await open([keep("new", "not-known-yet"), keep("old", service.token)]);
  const made = await api.users.create(user as never, { signal });
  expect(made.userName).toBe("ann@example.com");
  expect(service.store.all("Users")).toHaveLength(1);
  expect(service.count("POST")).toBe(2);
  await api.users.count(signal);
  expect(service.count("POST")).toBe(2);
  await api.close();
});

test("a token that is renewed in the midst of a cycle is read and used at once", async () => {
  const file = keep("token", "old-one");
  const api = await open(file);
  keep("token", service.token);
  expect(await api.users.count(signal)).toBe(0);
  await api.close();
});

test("when none is taken, each was tried once", async () => {
  const api = await open([keep("a", "aaa"), keep("b", "bbb")]);
  await expect(api.users.count(signal)).rejects.toThrow(CredentialsRefused);
  expect(service.count("GET")).toBe(2);
  await api.close();
});
