import { duration } from "../../duration.ts";
import { ConfigurationError } from "../../errors.ts";
import { secretReference } from "../../secret.ts";
import { z } from "../../zod.ts";
import { endpointOf } from "./client/endpoint.ts";
import { parseDn } from "./read/dn.ts";

/** What is wrong with a URL, or undefined. */
function problemOf(text: string): string | undefined {
  try {
    endpointOf(text);
    return undefined;
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.message;
  }
}

const url = z
  .string()
  .refine((text) => problemOf(text) === undefined, { error: ({ input }) => problemOf(String(input)) })
  .describe("A domain controller: ldaps://host, or ldap://host for StartTLS. Never without TLS.");

const distinguishedName = z.string().refine((text) => (parseDn(text)?.length ?? 0) > 0, {
  error: "expected a distinguished name such as DC=corp,DC=example",
});

/** The section of an Active Directory in `sources` of the YAML, without `type`. */
export const settings = z
  .strictObject({
    url: z
      .union([url.transform((one) => [one]), z.array(url).min(1)], {
        error: ({ input }) => (typeof input === "string" ? problemOf(input) : undefined),
      })
      .optional()
      .describe("Domain controllers of one domain, in order of preference."),
    domain: z
      .string()
      .regex(/^(?!-)[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+\.?$/, {
        error: "expected the DNS name of a domain, such as corp.example",
      })
      .transform((name) => name.replace(/\.$/, ""))
      .optional()
      .describe(
        "Instead of url: DNS name of the domain, whose controllers are found by SRV record and spoken to by LDAPS.",
      ),
    baseDn: distinguishedName
      .optional()
      .describe("People and groups below it are read. Default: the whole domain."),
    bindDn: z
      .string()
      .min(1)
      .describe("Account to log in with: distinguished name or user principal name (rollcall@corp.example)."),
    bindPassword: secretReference.describe("Password of that account."),
    ca: z
      .strictObject({ file: z.string().min(1) })
      .optional()
      .describe(
        "PEM file of the authorities that sign the domain controllers' certificates. Default: those of this machine.",
      ),
    serverName: z
      .string()
      .min(1)
      .optional()
      .describe("Name that the certificate must bear. Default: the host of the URL."),
    pageSize: z
      .int()
      .min(1)
      .max(1000)
      .default(500)
      .describe("Objects per page; domain controllers give 1000 at most unless their policy says otherwise."),
    timeouts: z
      .strictObject({
        connect: duration.prefault("10s").describe("For connection and TLS handshake."),
        answer: duration.prefault("2m").describe("How long a domain controller may stay silent."),
      })
      .prefault({})
      .describe("How long to wait for a domain controller."),
  })
  .refine((section) => (section.url === undefined) !== (section.domain === undefined), {
    error: "expected either url or domain",
    path: ["url"],
  });

export type Settings = z.infer<typeof settings>;
