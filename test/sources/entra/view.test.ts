import { expect, test } from "vitest";
import { definition } from "../../../src/sources/entra/index.ts";

const { view } = definition;

test("whose sign-in is blocked is disabled, and nobody else", () => {
  expect(view("user", { accountEnabled: false }, 0).disabled).toBe("sign-in is blocked in Entra ID");
  expect(view("user", { accountEnabled: true }, 0).disabled).toBeUndefined();
});

test("guests and the accounts of Entra Connect are left out unless they are let in", () => {
  expect(view("user", { userType: "Guest" }, 0).excluded?.key).toBe("guests");
  expect(view("user", { userType: "Member" }, 0).excluded).toBeUndefined();
  const userPrincipalName = "Sync_DC1_0a1b2c3d4e5f@contoso.onmicrosoft.com";
  expect(view("user", { userPrincipalName }, 0).excluded?.key).toBe("directorySyncAccounts");
  const person = { userPrincipalName: "Sync_or_swim@contoso.onmicrosoft.com" };
  expect(view("user", person, 0).excluded).toBeUndefined();
  expect(Object.keys(definition.includes)).toEqual(["guests", "directorySyncAccounts"]);
});

test("Exchange's custom attributes stand beside the others", () => {
  const inner = { extensionAttribute1: "A", extensionAttribute2: null, accountEnabled: false };
  const { attributes, disabled } = view("user", { onPremisesExtensionAttributes: inner }, 0);
  expect(attributes).toEqual({ onPremisesExtensionAttributes: inner, extensionAttribute1: "A" });
  expect(disabled).toBeUndefined();
});

test("a mapping may not name what nobody reports changes of", () => {
  expect(definition.refuses?.("user", "signInActivity")).toMatch(/reports no changes/);
  expect(definition.refuses?.("user", "passwordProfile")).toMatch(/never read/);
  expect(definition.refuses?.("user", "employeeLeaveDateTime")).toMatch(/permission of its own/);
  expect(definition.refuses?.("user", "department")).toBeUndefined();
});
