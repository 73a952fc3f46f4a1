import { profile } from "./profile.ts";

/** Limits count in windows of 30 s: 20 deletions of people, 5 changes of groups. */
export const miro = profile({
  title: "Miro",
  source: "https://developers.miro.com/reference/rate-limits",
  maxBodyBytes: 800_000,
  rate: {
    // The service takes 100 changes but only 20 deletions; one budget for both keeps to the smaller where it must.
    userWrites: { perMinute: 40, burst: 20 },
    groupWrites: { perMinute: 10, burst: 5 },
  },
});
