/** Documents of the reports for auditors. */
import { z } from "../../../zod.ts";
import { count, run, span, text, textOrNull, time, timeOrNull } from "./parts.ts";

function reportOf<Summary extends z.ZodRawShape, Item extends z.ZodRawShape>(summary: Summary, item: Item) {
  return {
    at: time,
    since: timeOrNull,
    connections: z.array(z.strictObject({ connection: text, ...summary })),
    items: z.array(z.strictObject({ connection: text, ...item })),
  };
}

export const reportDocuments = {
  LeaversReport: {
    from: "report leavers",
    summary: "who left, and when the target took their access away",
    fields: reportOf(
      {
        left: count,
        done: count,
        waiting: count,
        returned: count,
        kept: count,
        withoutAccount: count,
        alreadyOff: count,
        medianMs: span.nullable(),
        slowestMs: span.nullable(),
        slowest: textOrNull,
        oldestWaitMs: span.nullable(),
      },
      {
        user: text,
        sourceId: text,
        targetId: textOrNull,
        why: text,
        directorySaidAt: timeOrNull,
        seenAt: timeOrNull,
        acceptedAt: timeOrNull,
        tookMs: z.number().nullable(),
        state: z.enum(["done", "waits", "came back", "kept by the policy", "was off already", "no account"]),
        waitsFor: textOrNull,
        returnedAt: timeOrNull,
        run,
      },
    ),
  },
  AccessReport: {
    from: "report access",
    summary: "who has an account and which groups, since when and why",
    fields: reportOf(
      { accounts: count, active: count, switchedOff: count, memberships: count, drifted: count },
      {
        user: text,
        name: textOrNull,
        sourceId: text,
        targetId: text,
        account: z.enum(["active", "switched off"]),
        since: timeOrNull,
        cameBy: z.enum(["created", "adopted"]).nullable(),
        rule: text,
        why: text,
        drift: textOrNull,
        groups: z.array(
          z.strictObject({ group: textOrNull, sourceId: textOrNull, since: timeOrNull, drift: textOrNull }),
        ),
      },
    ),
  },
  ApprovalsReport: {
    from: "report approvals",
    summary: "what persons let through, refused, linked, paused or undid, and what it led to",
    fields: reportOf(
      { words: count, used: count, open: count, expired: count, void: count, inForce: count },
      {
        at: time,
        actor: text,
        action: text,
        object: z.enum(["user", "group", "connection"]),
        label: text,
        sourceId: text,
        targetId: textOrNull,
        group: textOrNull,
        reason: text,
        state: text,
        expiresAt: timeOrNull,
        ledTo: z.strictObject({ action: text, at: time, run }).nullable(),
        run,
      },
    ),
  },
} as const;
