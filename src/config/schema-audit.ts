/** The keys of the audit trail. */

import { duration } from "../duration.ts";
import { z } from "../zod.ts";

const URL_EXPECTED = "expected tls://host:port, tcp://host:port, udp://host:port or unix:/path";

/** Facilities of RFC 5424 6.2.1 that are ours to use. */
export const facilities = {
  daemon: 3,
  auth: 4,
  authpriv: 10,
  audit: 13,
  local0: 16,
  local1: 17,
  local2: 18,
  local3: 19,
  local4: 20,
  local5: 21,
  local6: 22,
  local7: 23,
} as const;

const syslog = z.strictObject({
  url: z
    .string({ error: URL_EXPECTED })
    .regex(/^(?:(?:tls|tcp|udp):\/\/(?:\[[0-9A-Fa-f:.]+\]|[^\s:/@[\]]+)(?::\d{1,5})?|unix:\/[^\0]+)$/, {
      error: URL_EXPECTED,
    })
    .describe(
      "The server: tls://host:6514 (RFC 5425), tcp://host:601 or udp://host:514, or unix:/path of a stream socket. " +
        "Only tls is encrypted. What udp loses on its way nobody notices.",
    ),
  facility: z
    .enum(Object.keys(facilities) as [keyof typeof facilities, ...(keyof typeof facilities)[]])
    .default("audit")
    .describe("Facility of the messages. Default: audit (13)."),
  values: z
    .boolean()
    .default(false)
    .describe(
      "true sends the values of people along, before and after; `rollcall forget` does not reach them there. Default: false, only the names of what changed.",
    ),
  ca: z
    .strictObject({ file: z.string().min(1) })
    .optional()
    .describe("Authorities that sign the server's certificate (PEM), besides those of this machine."),
  timeout: duration
    .prefault("10s")
    .describe("Longest time for one delivery; what was not taken is sent again later. Default: 10s."),
});

export const audit = z
  .strictObject({
    keep: z
      .literal("forever", { error: "expected a duration such as 400d, or forever" })
      .or(duration)
      .prefault("730d")
      .describe(
        "How long events of the audit trail are kept. What is older is dropped once a day, and `rollcall log verify` still verifies the rest. At least 30d, or forever. Default: 730d.",
      ),
    syslog: syslog
      .optional()
      .describe(
        "Sends every event to a log server too, in order, from the first one on; where it got to is kept, so that nothing is left out after a restart. Never holds up a cycle.",
      ),
  })
  .refine(({ keep }) => keep === "forever" || keep >= 30 * 86_400_000, {
    error: "expected keep to be at least 30d, or forever",
  });

export type AuditSection = z.output<typeof audit>;
