import { profile } from "./profile.ts";

/** Lists come whole, without paging of either kind. */
export const googleCloudIdentity = profile({
  title: "Google Cloud Identity",
  source: "https://docs.cloud.google.com/identity/docs/scim",
  list: { paging: "none", max: 100 },
});
