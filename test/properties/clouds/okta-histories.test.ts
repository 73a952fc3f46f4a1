import { afterAll, beforeAll, test } from "vitest";
import { liveThrough } from "./histories.ts";
import { OktaVendor } from "./okta-vendor.ts";

let vendor: OktaVendor;
beforeAll(async () => {
  vendor = await OktaVendor.start();
});
afterAll(() => vendor?.close());

test("whatever happens in an organisation of Okta and to its service, the target ends as the organisation is, and nobody loses anything on the way", async () => {
  await liveThrough(vendor, 1000);
}, 1_800_000);
