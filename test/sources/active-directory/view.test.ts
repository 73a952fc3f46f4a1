import { describe, expect, test } from "vitest";
import type { Json } from "../../../src/scim/resource.ts";
import { includes, view } from "../../../src/sources/active-directory/view.ts";

const now = Date.UTC(2026, 10, 22);
const NEVER = "9223372036854775807";
const person = { objectClass: ["top", "person", "user"], userAccountControl: 512, accountExpires: NEVER };

function filetime(ms: number): string {
  return String((BigInt(ms) + 11_644_473_600_000n) * 10_000n);
}

describe("how a person looks", () => {
  const seen = (more: Readonly<Record<string, Json>>, at = now) => view("user", { ...person, ...more }, at);

  test("an ordinary account is enabled, for ever, and in scope", () => {
    expect(seen({})).toEqual({ attributes: { ...person, accountExpires: null, accountEnabled: true } });
    expect(seen({ accountExpires: "0" }).attributes).toMatchObject({
      accountExpires: null,
      accountEnabled: true,
    });
  });

  test("a disabled account is disabled, and no date changes that", () => {
    const disabled = seen({ userAccountControl: 514, accountExpires: filetime(now + 1000) });
    expect(disabled).toMatchObject({
      disabled: "disabled in the directory",
      attributes: { accountEnabled: false },
    });
    expect(disabled.dueAt).toBeUndefined();
  });

  test("an account that expires is looked at again in that moment, and is disabled from then on", () => {
    const expires = now + 86_400_000;
    const before = seen({ accountExpires: filetime(expires) });
    expect(before).toMatchObject({
      dueAt: expires,
      attributes: { accountEnabled: true, accountExpires: "2026-11-23T00:00:00.000Z" },
    });
    const after = seen({ accountExpires: filetime(expires) }, expires);
    expect(after).toMatchObject({
      disabled: "account expired on 2026-11-23",
      attributes: { accountEnabled: false },
    });
    expect(after.dueAt).toBeUndefined();
  });

  test.each<[keyof typeof includes, Readonly<Record<string, Json>>]>([
    ["computers", { objectClass: ["top", "person", "user", "computer"], userAccountControl: 4096 }],
    [
      "managedServiceAccounts",
      { objectClass: ["top", "user", "computer", "msDS-GroupManagedServiceAccount"] },
    ],
    ["managedServiceAccounts", { objectClass: ["top", "user", "computer", "msDS-ManagedServiceAccount"] }],
    [
      "managedServiceAccounts",
      { objectClass: ["top", "user", "computer", "msDS-DelegatedManagedServiceAccount"] },
    ],
    ["criticalSystemObjects", { isCriticalSystemObject: true }],
    ["trustAccounts", { userAccountControl: 0x820 }],
    ["roomMailboxes", { msExchRecipientTypeDetails: "16", userAccountControl: 514 }],
    ["equipmentMailboxes", { msExchRecipientTypeDetails: "32" }],
    ["sharedMailboxes", { msExchRecipientTypeDetails: "4" }],
    ["sharedMailboxes", { msExchRecipientTypeDetails: "34359738368" }],
  ])("%s are left out unless let in", (key, more) => {
    expect(seen(more).excluded).toEqual({ key, reason: expect.stringMatching(/\w+ \w+/) });
    expect(includes[key]).toMatch(/\w/);
  });

  test("an ordinary mailbox is in scope", () => {
    expect(seen({ msExchRecipientTypeDetails: "1" }).excluded).toBeUndefined();
  });

  test("other dates are readable too", () => {
    const { attributes } = seen({ pwdLastSet: "0", lastLogonTimestamp: filetime(now) });
    expect(attributes).toMatchObject({ pwdLastSet: null, lastLogonTimestamp: "2026-11-22T00:00:00.000Z" });
  });
});

describe("how a group looks", () => {
  test("an ordinary one is in scope and a built-in one is not", () => {
    expect(view("group", { objectClass: ["top", "group"] }, now)).toEqual({
      attributes: { objectClass: ["top", "group"] },
    });
    expect(view("group", { isCriticalSystemObject: true }, now).excluded?.key).toBe("criticalSystemObjects");
  });
});
