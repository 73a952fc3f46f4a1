import { duration } from "../../duration.ts";
import { secretReference } from "../../secret.ts";
import { z } from "../../zod.ts";
import { clouds, endpointProblem } from "./cloud.ts";

const GUID_EXPECTED =
  "expected an id such as 8a7d2f10-5c3e-4b7a-9f21-6d0e4c1b2a33 (Entra admin center > Overview, or the app registration)";

const guid = z
  .string({ error: GUID_EXPECTED })
  .regex(/^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/, { error: GUID_EXPECTED })
  .transform((id) => id.toLowerCase());

const endpoint = z
  .string()
  .refine((text) => endpointProblem(text) === undefined, {
    error: ({ input }) => endpointProblem(String(input)),
  })
  .transform((text) => new URL(text).origin);

const ways = ["clientSecret", "certificate", "managedIdentity", "workloadIdentity"] as const;
const LOGIN_EXPECTED = `expected exactly one way to log in: ${ways.join(", ")}`;

/** The section of an Entra ID tenant in `sources` of the YAML, without `type`. */
export const settings = z
  .strictObject({
    tenantId: guid.describe("The tenant's id, from the overview page of the Entra admin center."),
    clientId: guid
      .optional()
      .describe(
        "Application (client) id of the app registration, or of a user-assigned managed identity. Not needed for a system-assigned one.",
      ),
    clientSecret: secretReference.optional().describe("Log in with a client secret of the app registration."),
    certificate: z
      .strictObject({
        file: z
          .string()
          .min(1)
          .describe("PEM file with certificate and unencrypted private key; its owner alone may read it."),
      })
      .optional()
      .describe("Log in with a certificate that was uploaded to the app registration."),
    managedIdentity: z
      .literal(true)
      .optional()
      .describe("Log in as the managed identity of the Azure machine that Rollcall runs on."),
    workloadIdentity: z
      .literal(true)
      .optional()
      .describe(
        "Log in with the federated token of a Kubernetes workload (file named by AZURE_FEDERATED_TOKEN_FILE).",
      ),
    cloud: z
      .enum(Object.keys(clouds) as [keyof typeof clouds])
      .default("public")
      .describe("Which Microsoft cloud the tenant lives in."),
    endpoints: z
      .strictObject({
        login: endpoint.describe("Where tokens are issued: https://host[:port]."),
        graph: endpoint.describe("Where Microsoft Graph answers: https://host[:port]."),
      })
      .optional()
      .describe("Instead of cloud: addresses of a private cloud or a gateway."),
    ca: z
      .strictObject({ file: z.string().min(1) })
      .optional()
      .describe(
        "PEM file of authorities to trust besides those of this machine, e.g. of a proxy that looks into TLS.",
      ),
    timeouts: z
      .strictObject({
        connect: duration.prefault("10s").describe("For connection and TLS handshake."),
        answer: duration.prefault("2m").describe("For one whole answer."),
      })
      .prefault({})
      .describe("How long to wait for Microsoft."),
  })
  .superRefine((section, context) => {
    const named = ways.filter((way) => section[way] !== undefined);
    const [first, second] = named;
    if (first === undefined || second !== undefined) {
      context.addIssue({ code: "custom", message: LOGIN_EXPECTED, path: [second ?? "clientSecret"] });
    }
    if (section.clientId === undefined && first !== "managedIdentity") {
      const message = "expected the application (client) id of the app registration";
      context.addIssue({ code: "custom", message, path: ["clientId"] });
    }
  });

export type Settings = z.infer<typeof settings>;
