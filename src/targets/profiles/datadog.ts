import { profile } from "./profile.ts";

/** People are found by userName alone. */
export const datadog = profile({
  title: "Datadog",
  source: "https://docs.datadoghq.com/api/latest/scim/",
  filter: { user: ["userName"], group: ["displayName", "externalId"] },
});
