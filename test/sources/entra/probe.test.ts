import { afterEach, beforeEach, expect, test } from "vitest";
import type { Finding } from "../../../src/scim/api.ts";
import { newSecret } from "../../stand-ins/entra/applications.ts";
import { type EntraTenant, startEntraTenant } from "../../stand-ins/entra/tenant.ts";
import { sourceOn } from "./entra-world.ts";

let tenant: EntraTenant;

beforeEach(async () => {
  tenant = await startEntraTenant();
  tenant.createGroup({ displayName: "app" }, [tenant.createUser({ displayName: "Ann" })]);
});

afterEach(async () => {
  await tenant.stop();
});

async function probed(on = tenant): Promise<readonly Finding[]> {
  const source = sourceOn(on);
  try {
    return await source.probe(AbortSignal.timeout(10_000));
  } finally {
    await source.close();
  }
}

test("a sound configuration names the organisation, each permission, and when the secret ends", async () => {
  const findings = await probed();
  expect(findings.filter(({ ok }) => ok !== true)).toEqual([]);
  expect(findings.map(({ check }) => check)).toEqual([
    "login",
    "permission: User.Read.All",
    "permission: GroupMember.Read.All",
    "deleted people: User.Read.All",
    "deleted groups: Group.Read.All",
    "client secret",
  ]);
  expect(findings[0]?.message).toContain(`Contoso (tenant ${tenant.tenantId})`);
  expect(findings.at(-1)?.message).toMatch(/"rollcall" is valid until \d{4}-\d\d-\d\d \(36\d days\)/);
});

test.each([
  ["User.Read.All", "permission: User.Read.All", false],
  ["GroupMember.Read.All", "permission: GroupMember.Read.All", false],
  ["Group.Read.All", "deleted groups: Group.Read.All", "warning"],
  ["Application.Read.All", "permission: Application.Read.All", "warning"],
  ["Organization.Read.All", "permission: Organization.Read.All", "warning"],
] as const)("a missing %s is named, with how to grant it", async (permission, check, ok) => {
  tenant.revoke(permission === "GroupMember.Read.All" ? [permission, "Group.Read.All"] : [permission]);
  const finding = (await probed()).find((each) => each.check === check);
  expect(finding?.ok).toBe(ok);
  expect(finding?.hint).toContain(`application permission ${permission}:`);
  expect(finding?.hint).toContain("Grant admin consent");
});

test("a secret that ends soon is a warning, one that ended keeps everybody out", async () => {
  const soon = await startEntraTenant({ secretEndsAt: Date.now() + 10 * 86_400_000 });
  soon.createUser({ displayName: "Ann" });
  const finding = (await probed(soon)).find(({ check }) => check === "client secret");
  expect(finding).toMatchObject({
    ok: "warning",
    message: expect.stringMatching(/expires on .* \(in 9 days\)/),
  });
  await soon.stop();
  const late = await startEntraTenant({ secretEndsAt: Date.now() - 1 });
  const findings = await probed(late);
  expect(findings).toEqual([expect.objectContaining({ ok: false, check: "login", refused: true })]);
  await late.stop();
});

test("other secrets of the application, ended long ago, are no warning", async () => {
  tenant.application()?.secrets.push(newSecret("an older one", 0, Date.now() - 1));
  const findings = await probed();
  expect(findings.filter(({ check }) => check === "client secret")).toHaveLength(1);
  expect(findings.filter(({ ok }) => ok !== true)).toEqual([]);
});

test("a group that hides its members is no reason to miss the permission to read members", async () => {
  const other = await startEntraTenant();
  other.createGroup({ displayName: "board", visibility: "HiddenMembership" }, [other.createUser()]);
  const refused = { error: { code: "Authorization_RequestDenied", message: "Insufficient privileges" } };
  other.faults.push({
    path: /\/members/,
    how: {
      type: "answer",
      status: 403,
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(refused),
    },
  });
  const findings = await probed(other);
  await other.stop();
  expect(findings.find(({ check }) => check === "permission: GroupMember.Read.All")).toMatchObject({
    ok: true,
  });
});
