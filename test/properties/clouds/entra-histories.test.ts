import { afterAll, beforeAll, test } from "vitest";
import { EntraVendor } from "./entra-vendor.ts";
import { liveThrough } from "./histories.ts";

let vendor: EntraVendor;
beforeAll(async () => {
  vendor = await EntraVendor.start();
});
afterAll(() => vendor?.close());

test("whatever happens in a tenant of Entra ID and to its service, the target ends as the tenant is, and nobody loses anything on the way", async () => {
  await liveThrough(vendor, 1000);
}, 1_800_000);
