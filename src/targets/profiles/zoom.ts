import { profile } from "./profile.ts";

/** One request a second; a group's PATCH is at most 100,000 characters long. */
export const zoom = profile({
  title: "Zoom",
  source: "https://developers.zoom.us/docs/api/rest/rate-limits/",
  maxBodyBytes: 100_000,
  rate: {
    userWrites: { perMinute: 60, burst: 1 },
    groupWrites: { perMinute: 60, burst: 1 },
    reads: { perMinute: 60, burst: 1 },
  },
});
