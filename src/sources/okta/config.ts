import { duration } from "../../duration.ts";
import { secretReference } from "../../secret.ts";
import { z } from "../../zod.ts";
import { orgUrlProblem } from "./client/org-url.ts";

const orgUrl = z
  .string()
  .refine((text) => orgUrlProblem(text) === undefined, { error: ({ input }) => orgUrlProblem(String(input)) })
  .transform((text) => new URL(text).origin)
  .describe("Address of the organisation: https://example.okta.com, or its custom domain.");

const SHARE_EXPECTED = "expected a percentage between 1% and 100%, such as 50%";
const share = z
  .string({ error: SHARE_EXPECTED })
  .regex(/^([1-9]\d?|100)%$/, { error: SHARE_EXPECTED })
  .transform((text) => Number(text.slice(0, -1)) / 100);

const standing = z.enum(["active", "inactive"]);

/** The section of an Okta organisation in `sources` of the YAML, without `type`. */
export const settings = z
  .strictObject({
    orgUrl,
    token: secretReference
      .optional()
      .describe(
        "API token (SSWS). It has the rights of the administrator who made it, and ends with that account.",
      ),
    clientId: z
      .string()
      .min(1)
      .optional()
      .describe("Instead of token: client id of a service application (API Services) in Okta."),
    privateKey: secretReference
      .optional()
      .describe("RSA private key of that application, as PEM or JWK. Okta holds the public half."),
    keyId: z
      .string()
      .min(1)
      .optional()
      .describe("Id (kid) of that key in Okta; needed unless the key is a JWK that names it."),
    dpop: z
      .boolean()
      .default(false)
      .describe("Insist on tokens that are bound to the key (DPoP). Otherwise as the application is set up."),
    ca: z
      .strictObject({ file: z.string().min(1) })
      .optional()
      .describe(
        "Certificates (PEM) of an authority to trust besides the public ones, such as that of a proxy.",
      ),
    rateShare: share
      .prefault("50%")
      .describe(
        "How much of each of the organisation's rate limits may be used; the rest is left to others.",
      ),
    fullEvery: duration
      .prefault("1d")
      .describe("How often everything is read, to find what neither the log nor any date shows."),
    overlap: duration
      .prefault("10m")
      .describe("How far back each read looks again, because dates in Okta appear late."),
    timeout: duration.prefault("60s").describe("Longest time for one request."),
    statuses: z
      .strictObject({
        staged: standing
          .default("inactive")
          .describe("What people count as who were created and never activated (STAGED)."),
        provisioned: standing
          .default("active")
          .describe(
            "What people count as who were activated and have not set up their login yet (PROVISIONED).",
          ),
      })
      .prefault({})
      .describe("What the statuses between creation and first login mean."),
    builtInGroups: z
      .boolean()
      .default(false)
      .describe("Read groups that Okta itself keeps too, such as Everyone."),
  })
  .refine(
    ({ token, clientId, privateKey }) =>
      token === undefined
        ? clientId !== undefined && privateKey !== undefined
        : clientId === undefined && privateKey === undefined,
    { error: "expected either token, or clientId and privateKey", path: ["token"] },
  );

export type Settings = z.infer<typeof settings>;
