import { expect, test } from "vitest";
import { view as activeDirectory } from "../../src/sources/active-directory/view.ts";
import { personOf } from "../../src/sources/okta/read/record.ts";
import { view as okta } from "../../src/sources/okta/view.ts";

const statuses = { staged: "inactive", provisioned: "inactive" } as const;
const selection = ["accountEnabled", "id", "login", "status", "statusChanged"];

function oktaUser(status: string) {
  const raw = { id: "00u1", status, statusChanged: "2026-11-01T08:00:00.000Z", profile: { login: "ann" } };
  return personOf(raw, selection, statuses).record;
}

test("Okta tells since when somebody is suspended or deactivated, and it counts from there", () => {
  for (const status of ["SUSPENDED", "DEPROVISIONED"])
    expect(okta("user", oktaUser(status)).disabledAt).toBe(Date.UTC(2026, 10, 1, 8));
});

test("of somebody who may log in the time of their last change of status is not kept", () => {
  expect(oktaUser("ACTIVE")).not.toHaveProperty("statusChanged");
  expect(okta("user", oktaUser("ACTIVE"))).not.toHaveProperty("disabledAt");
});

test("a time that Okta does not give is none", () => {
  const raw = { id: "00u1", status: "SUSPENDED", profile: { login: "ann" } };
  expect(okta("user", personOf(raw, selection, statuses).record)).not.toHaveProperty("disabledAt");
});

test("an Active Directory account that expired was off since then; of one that is disabled the directory does not say since when", () => {
  const expires = Date.UTC(2026, 10, 1, 8);
  const accountExpires = String((BigInt(expires) + 11_644_473_600_000n) * 10_000n);
  const now = expires + 3_600_000;
  expect(activeDirectory("user", { userAccountControl: "512", accountExpires }, now).disabledAt).toBe(
    expires,
  );
  expect(activeDirectory("user", { userAccountControl: "514", accountExpires }, now)).not.toHaveProperty(
    "disabledAt",
  );
});
