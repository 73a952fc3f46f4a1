/** The keys that keep people from being locked out. */

import { duration } from "../duration.ts";
import { z } from "../zod.ts";

const PERCENT_EXPECTED = "expected a percentage such as 5%";

/** A share, 0 to 1 once parsed. */
const percent = z
  .string({ error: PERCENT_EXPECTED })
  .regex(/^(\d{1,2}(\.\d{1,3})?|100)%$/, { error: PERCENT_EXPECTED })
  .transform((text) => Number(text.slice(0, -1)) / 100);

/** How much of what is managed may change within a window. */
export const limits = z.strictObject({
  deactivations: percent
    .prefault("5%")
    .describe("Deactivations within the window, as a share of the managed active accounts. Default: 5%."),
  deletions: percent.prefault("5%").describe("Deletions of accounts and groups. Default: 5%."),
  memberRemovals: percent
    .prefault("10%")
    .describe("Memberships taken away, overall and of each single group. Default: 10%."),
  identifierChanges: percent
    .prefault("5%")
    .describe("Changes of userName, externalId or the primary e-mail address. Default: 5%."),
  clearedValues: percent.prefault("10%").describe("Values of one attribute that become empty. Default: 10%."),
  creations: percent
    .prefault("50%")
    .describe(
      "New accounts and groups, and accounts that are switched on again longer than the window after they left, once 20 are managed. Default: 50%.",
    ),
  neverHoldBelow: z
    .int()
    .min(0)
    .max(1_000_000)
    .default(10)
    .describe(
      "So many changes of a class are never held for being too many, whatever the percentage says. Default: 10.",
    ),
  window: duration.prefault("24h").describe("Time over which changes are counted together. Default: 24h."),
});

/** Whatever somebody may be known by. */
export const key = z
  .string({ error: "expected a name or an id" })
  .min(1, { error: "expected a name or an id" });

/** Who is never touched. */
export const protect = z.strictObject({
  users: z
    .array(key)
    .default([])
    .describe("People: login name, e-mail address, or id in the directory or at the target."),
  groups: z
    .array(key)
    .default([])
    .describe("Groups: name, or id in the directory or at the target. Their members are left as they are."),
});

/** Who must be in every full read. */
export const canary = z
  .strictObject({
    user: key.optional().describe("A person: login name, e-mail address, or id in the directory."),
    group: key.optional().describe("A group: name, or id in the directory."),
  })
  .refine(({ user, group }) => user !== undefined || group !== undefined, {
    error: "expected a user, a group, or both",
  });
