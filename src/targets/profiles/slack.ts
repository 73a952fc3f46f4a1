import { profile } from "./profile.ts";

/** DELETE of a user deactivates; DELETE of a group is for good. */
export const slack = profile({
  title: "Slack",
  source: "https://docs.slack.dev/reference/scim-api/rate-limits",
  rate: {
    userWrites: { perMinute: 180, burst: 20 },
    groupWrites: { perMinute: 600, burst: 180 },
    reads: { perMinute: 300, burst: 20 },
  },
});
