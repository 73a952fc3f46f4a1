import { examineSource } from "../exam.ts";
import { OktaWorld } from "./okta-world.ts";

examineSource("an Okta organisation, by API token and with the measured lags", () => OktaWorld.open());

examineSource(
  "an Okta organisation, by a service application with DPoP and with indexes that lag far behind",
  () => OktaWorld.open({ lags: { searchMs: 60_000, membershipMs: 300_000, logMs: 0 } }, "application"),
);
