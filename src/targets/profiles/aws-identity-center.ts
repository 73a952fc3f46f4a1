import { profile } from "./profile.ts";

/** Group answers never hold members; PATCH takes 100 changes at most and refuses to replace or clear the list. */
export const awsIdentityCenter = profile({
  title: "AWS IAM Identity Center",
  source: "https://docs.aws.amazon.com/singlesignon/latest/developerguide/limitations.html",
  membersPerRequest: 100,
  membersReadable: false,
  filter: { user: ["userName", "externalId"], group: ["displayName", "externalId"] },
  list: { paging: "cursor", max: 100 },
});
