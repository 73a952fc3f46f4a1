import { profile } from "./profile.ts";

/** Deactivated people keep their account under an obscured login name; deleting one cannot be undone. */
export const githubEmu = profile({
  title: "GitHub Enterprise Managed Users",
  source: "https://docs.github.com/en/enterprise-cloud@latest/rest/enterprise-admin/scim",
  rate: { userWritesPerHour: 1_000 },
});
