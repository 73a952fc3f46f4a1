import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ConfigurationError, ConnectionError, isRollcallError } from "../../../../src/errors.ts";
import { EntraTenant as Tenant } from "../../../../src/sources/entra/tenant.ts";
import { type EntraTenant, startEntraTenant } from "../../../stand-ins/entra/tenant.ts";
import { sourceOn } from "../entra-world.ts";

let tenant: EntraTenant;
let source: Tenant;
let application: string;
const APP_ID = "5d1e8c27-93b4-4f06-8a72-c0b9e4d3f615";

beforeEach(async () => {
  tenant = await startEntraTenant();
  application = tenant.createServicePrincipal({ appId: APP_ID, displayName: "Payroll" });
  const opened = sourceOn(tenant);
  if (!(opened instanceof Tenant)) throw new Error("another source");
  source = opened;
});

afterEach(async () => {
  await source.close();
  await tenant.stop();
});

async function assigned(to: string): Promise<readonly unknown[]> {
  return await source.assigned({ app: to }, AbortSignal.timeout(5_000));
}

test("people and groups that are assigned are listed over all pages, by either id of the application", async () => {
  const people = Array.from({ length: 5 }, () => tenant.createUser());
  const group = tenant.createGroup();
  for (const id of [...people, group, tenant.createServicePrincipal()]) tenant.assign(application, id);
  tenant.switches.listPageSize = 2;
  const expected = [...people, group];
  expect(await assigned(APP_ID)).toEqual(expected);
  expect(await assigned(application)).toEqual(expected);
});

test("the published list is understood", async () => {
  const body = readFileSync(new URL("../samples/approleassignedto.json", import.meta.url), "utf8");
  const headers = { "Content-Type": "application/json" };
  tenant.faults.push({ path: /appRoleAssignedTo/, how: { type: "answer", status: 200, headers, body } });
  expect(await assigned(APP_ID)).toEqual(["cdb555e3-b33e-4fd5-a427-17fadacbdfa7"]);
});

test("an application that is not there is an error and no empty list", async () => {
  await expect(assigned("00000000-0000-4000-8000-000000000009")).rejects.toThrow(/no enterprise application/);
  await expect(assigned("Payroll')/x")).rejects.toBeInstanceOf(ConnectionError);
});

test("without the permission it is named", async () => {
  tenant.revoke(["Application.Read.All"]);
  const error = await assigned(APP_ID).catch((thrown: unknown) => thrown);
  expect(isRollcallError(error) && error.hint).toContain("Application.Read.All");
});

test("groups by name or id are meant by their members; one that is not there, or twice, is an error", async () => {
  const group = tenant.createGroup({ displayName: "App Users" });
  const named = (...groups: readonly string[]) => source.assigned({ groups }, AbortSignal.timeout(5_000));
  expect(await named("App Users", group)).toEqual([group, group]);
  await expect(named("Nobody Knows")).rejects.toThrow(/no group "Nobody Knows"/);
  tenant.createGroup({ displayName: "App Users" });
  await expect(named("App Users")).rejects.toThrow(/several groups/);
});

test("a group that hides its members from us is an error, and none once the permission is there", async () => {
  const members = [tenant.createUser()];
  const group = tenant.createGroup({ displayName: "Board", visibility: "HiddenMembership" }, members);
  const named = (by = source) => by.assigned({ groups: ["Board"] }, AbortSignal.timeout(5_000));
  const error = await named().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConfigurationError);
  expect(isRollcallError(error) && error.message).toMatch(/the group "Board" hides its members/);
  expect(isRollcallError(error) && error.hint).toContain("Member.Read.Hidden");
  tenant.grant(["Member.Read.Hidden"]);
  // Rights stand in the token: they count from the next login.
  const later = sourceOn(tenant);
  if (!(later instanceof Tenant)) throw new Error("another source");
  expect(await named(later)).toEqual([group]);
  await later.close();
});
