/** The section of a SCIM service in the YAML. */

import { duration } from "../../duration.ts";
import { secretReference } from "../../secret.ts";
import { z } from "../../zod.ts";
import { type ProfileName, profiles } from "../profiles/index.ts";
import { type Profile, quirks } from "../profiles/profile.ts";
import { problemOf } from "./base-url.ts";

const DEFAULT_TIMEOUT = "60s";
const DEFAULT_CONCURRENCY = 8;

const baseUrl = z.string().superRefine((text, context) => {
  const problem = problemOf(text);
  if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
});

/** Header lines that carry a login do not belong into the YAML, and those of the transport are ours. */
const OURS = new Set([
  "authorization",
  "cookie",
  "proxy-authorization",
  "host",
  "content-type",
  "content-length",
  "accept",
]);
const headers = quirks.shape.headers
  .unwrap()
  .refine((given) => Object.keys(given).every((name) => !OURS.has(name.toLowerCase())), {
    error:
      "expected other headers than Authorization (use token), Cookie, Host, Accept, Content-Type and Content-Length",
  });

export const settings = z.strictObject({
  baseUrl: baseUrl.describe("The address before /Users and /Groups, e.g. https://app.example.com/scim/v2"),
  token: secretReference.describe("The bearer token that the service gave out."),
  profile: z
    .enum(Object.keys(profiles) as [ProfileName, ...ProfileName[]])
    .default("generic")
    .describe("How this service differs from the standard."),
  headers: headers.optional().describe("More header lines for every request. Never a secret."),
  ca: z
    .strictObject({ file: z.string().min(1) })
    .optional()
    .describe(
      "Certificates (PEM) of the authority that signed the service's certificate, besides the public ones.",
    ),
  timeout: duration.prefault(DEFAULT_TIMEOUT).describe("Longest time for one request."),
  settle: duration
    .optional()
    .describe("How long the effect of a request without an answer may take to appear."),
  allowIrreversible: z
    .boolean()
    .default(false)
    .describe(
      "Lets people be deactivated where that deletes their account or cannot be undone (the profile says where). Default: false, then they are named and keep access.",
    ),
  concurrency: z.int().min(1).max(64).default(DEFAULT_CONCURRENCY).describe("Requests at once."),
  quirks: quirks.optional().describe("Fields of the profile that are different for this service."),
});

export type Settings = z.infer<typeof settings>;

/** The profile with this connection's own words laid over it. */
export function profileOf(given: Settings): Profile {
  const base: Profile = profiles[given.profile];
  const stated = Object.fromEntries(
    Object.entries(given.quirks ?? {}).filter(([, value]) => value !== undefined),
  );
  return {
    ...base,
    ...(stated as Partial<Profile>),
    settleMs: given.settle ?? base.settleMs,
    headers: { ...base.headers, ...given.quirks?.headers, ...given.headers },
  };
}
