import { profile } from "./profile.ts";

/** Users are never deleted, only deactivated. */
export const salesforce = profile({
  title: "Salesforce",
  source: "https://help.salesforce.com/s/articleView?id=sf.identity_scim_overview.htm",
  delete: { user: false, group: true },
});
