import { profile } from "./profile.ts";

/** Setting active to false deletes the person, and there is no way back. */
export const pagerduty = profile({
  title: "PagerDuty",
  source: "https://support.pagerduty.com/main/docs/scim",
  irreversibleDeactivation: true,
});
