/** Documents of a cycle: what it would do, and what it did. */
import { z } from "../../../zod.ts";
import {
  comparison,
  count,
  counts,
  driftCounts,
  driftType,
  editItem,
  holdClass,
  holdWithWaiting,
  kind,
  memberSummary,
  pause,
  planItem,
  protectedChanges,
  quarantineOrNull,
  run,
  span,
  text,
  textOrNull,
  time,
  timeOrNull,
  totals,
  value,
  yesNo,
} from "./parts.ts";

const read = z
  .strictObject({
    type: z.enum(["full", "delta", "one", "none"]),
    why: text.optional().describe("why everything was read"),
    users: count,
    groups: count,
    changed: count.describe("records that differ from what was held"),
    absent: count,
    durationMs: span,
  })
  .nullable()
  .describe("null when the directory could not be read");

const driftExample = z.strictObject({
  type: driftType,
  kind,
  label: text,
  group: text.optional(),
  path: text,
  ours: value,
  theirs: value,
  times: count,
});

const about = z.strictObject({ kind, label: text, sourceId: text });

const reportFields = {
  connection: text,
  run,
  purpose: z.enum(["sync", "plan", "user", "group"]),
  mode: z.enum(["sync", "dry-run"]),
  startedAt: time,
  durationMs: span,
  outcome: z
    .enum(["done", "failed", "held", "failing", "quarantined", "interrupted"])
    .describe("decides about the exit code"),
  read,
  reconcile: z
    .strictObject({
      ...comparison,
      found: driftCounts,
      examples: z.array(driftExample),
      durationMs: span,
    })
    .nullable()
    .describe("a look at the whole target; null when it was not time for one"),
  plan: z
    .strictObject({
      actions: counts.describe("by action; of groups with the word group behind it"),
      blocked: count,
      rejected: count,
      membersToAdd: count,
      membersToRemove: count,
    })
    .nullable()
    .describe("what was pending before anything was applied"),
  applied: counts.describe("by action: how many the target accepted"),
  failures: z.array(z.strictObject({ ...about.shape, action: text, message: text })),
  nameWaits: z.array(z.strictObject({ ...about.shape, message: text })),
  holds: z.array(holdWithWaiting),
  protected: protectedChanges,
  unknownEntries: z.array(text).describe("names in the configuration that mean nobody, a sentence each"),
  firstRunHeld: yesNo,
  waiting: z.strictObject({
    references: count,
    names: count,
    unknown: count,
    leftAlone: count,
    failing: count,
    failingReferences: count,
    givenUp: count,
    seats: count,
    outside: count,
  }),
  oldestDeactivation: timeOrNull,
  overdueRemovals: z.strictObject({ count, oldest: time }).nullable(),
  heldReminder: z.strictObject({ changes: count, classes: z.array(holdClass), oldest: time }).nullable(),
  totals: z.strictObject({ users: totals, groups: totals }),
  quarantine: quarantineOrNull,
  pause,
  problem: z.strictObject({ message: text, hint: textOrNull }).nullable(),
  listed: z
    .strictObject({ run, all: count, before: count })
    .optional()
    .describe("of a plan that was applied as it was listed"),
};

const subject = z
  .strictObject({
    kind,
    sourceId: text,
    label: text,
    presence: z.enum(["unknown", "present", "absent"]),
    evidence: textOrNull,
    scope: z.strictObject({ inScope: yesNo, rule: text }),
    intent: z.enum(["active", "inactive", "deleted", "keep"]),
    reason: text,
    problem: textOrNull,
    account: z.strictObject({ id: text, origin: z.enum(["created", "adopted"]).nullable() }).nullable(),
    found: textOrNull,
    held: holdClass.nullable(),
    rejected: z.strictObject({ class: text, actor: text, reason: text, at: time }).nullable(),
    members: memberSummary.optional(),
  })
  .nullable()
  .describe("the one person or group that was asked for");

/** The run of a copy is none that a log knows. */
const { run: _, ...ofCopy } = reportFields;

export const cycleDocuments = {
  Plan: {
    from: "plan",
    summary: "what a sync would do, change by change",
    fields: {
      ...reportFields,
      subject: subject.optional(),
      file: z.strictObject({ path: text, changes: count }).nullable().describe("where --out wrote the plan"),
      items: z.array(planItem),
    },
  },
  OfflinePlan: {
    from: "plan --offline",
    summary: "what an edit of the configuration changes for the people whom the snapshot knows",
    fields: {
      ...ofCopy,
      offline: z.literal(true),
      readAt: timeOrNull,
      edit: z.strictObject({
        users: counts.describe("by action"),
        groups: counts.describe("by action"),
        values: z
          .record(z.string(), z.strictObject({ changed: count, cleared: count }))
          .describe("by SCIM path"),
        memberships: counts,
        references: count,
      }),
      items: z.array(editItem),
    },
  },
  Report: {
    from: "sync",
    summary: "what a cycle did; one document a connection",
    fields: { ...reportFields, subject },
  },
} as const;
