/** Shapes that several documents share. Counts are whole numbers; times are UTC in ISO 8601. */
import { z } from "../../../zod.ts";

export const text = z.string();
export const textOrNull = z.string().nullable();
export const count = z.int().min(0);
export const yesNo = z.boolean();
export const time = z.iso.datetime().describe("UTC, ISO 8601");
export const timeOrNull = time.nullable();
/** Milliseconds. */
export const span = z.number().min(0).describe("milliseconds");
export const kind = z.enum(["user", "group"]);
/** A value of a record, or of an account at the target: any JSON. */
export const value = z.unknown();
export const values = z.record(z.string(), value);
export const counts = z.record(z.string(), count);
export const run = count.describe("number of a run, as `rollcall log --run` takes it");

/** Of a group: how many the directory lists, how many of them are to be and are members at the target, and who has no account. */
export const memberSummary = z.strictObject({
  listed: count,
  wanted: count,
  applied: count,
  without: z.array(z.strictObject({ label: text, sourceId: text })),
  unknown: count,
});

export const holdClass = z.enum([
  "adoptions",
  "not-visible",
  "deactivations",
  "deletions",
  "member-removals",
  "creations",
  "identifier-changes",
  "cleared-values",
  "switched-off",
  "privileged-additions",
  "configuration",
]);

/** Of a change that a person may answer; `changes`: of a kind that no guard limits. */
export const changeClass = z.enum([...holdClass.options, "changes"]);

const holdFields = {
  id: count,
  class: holdClass,
  run,
  openedAt: time,
  message: text,
  n: count.describe("how many the guard counted"),
  base: count.describe("of how many"),
  answered: yesNo.describe("a person answered a part of it"),
};
export const hold = z.strictObject(holdFields);
export const holdWithWaiting = z.strictObject({ ...holdFields, waiting: count });

export const totals = z.strictObject({
  present: count.describe("in the directory"),
  inScope: count,
  managedActive: count.describe("accounts or groups that are ours and on at the target"),
});
export const wideTotals = z.strictObject({
  ...totals.shape,
  pending: count,
  doubt: count,
  failing: count,
  held: count,
  rejected: count,
  protected: count,
});

export const pause = z.strictObject({ since: time, actor: text, reason: text }).nullable();

const exchange = z.strictObject({
  method: text,
  path: text,
  status: z.number().optional(),
  code: text.optional(),
  detail: text.optional(),
});
const quarantine = z.strictObject({
  reason: text.describe("code, as Microsoft Graph's synchronizationQuarantine has it"),
  why: text.describe("the code in words"),
  message: text,
  since: time,
  seriesBegan: time.describe("since when without a break, whatever the reason was then"),
  seriesCount: count,
  evaluatedAt: time,
  nextAttempt: time,
  waitMs: span,
  failure: exchange.nullable().describe("the first request that failed, without values of people"),
});
export const quarantineOrNull = quarantine.nullable();

export const driftType = z.enum([
  "changed",
  "switched-on",
  "member-added",
  "member-removed",
  "vanished",
  "relinked",
  "contested",
  "switched-off",
  "duplicate",
  "kept-access",
  "lost-link",
]);
/** Something at the target that is not as we left it. */
export const finding = z.strictObject({
  type: driftType,
  kind,
  label: text,
  sourceId: text,
  targetId: textOrNull,
  group: textOrNull,
  path: text,
  ours: value,
  theirs: value,
  times: count,
  foundAt: time,
  run,
  open: yesNo,
});

const compared = z.strictObject({
  seen: count,
  ours: count,
  unmanaged: count.describe("accounts or groups that no connection manages; never touched"),
  examples: z.array(text),
});
export const comparison = {
  users: compared,
  groups: compared,
  unmanagedMembers: count,
  gaps: z.array(text),
  problem: textOrNull,
};
export const driftCounts = z.partialRecord(driftType, count);

export const protectedChanges = z.strictObject({
  count,
  changes: z.array(
    z.strictObject({
      kind,
      label: text,
      sourceId: text,
      group: textOrNull,
      reason: text,
    }),
  ),
});

const plannedValue = z.strictObject({
  path: text.describe("SCIM path"),
  before: value,
  after: value,
  from: text.optional().describe("the mapping's expression"),
});
const planItemFields = {
  kind,
  label: text,
  name: text.optional(),
  sourceId: text,
  targetId: textOrNull,
  reason: text,
  values: z.array(plannedValue),
  found: z
    .strictObject({ targetId: text, by: text, externalId: textOrNull })
    .optional()
    .describe("the account or group that exists already, and by what it was found"),
  members: z
    .strictObject({
      add: z.array(text),
      remove: z.array(text),
      of: count.describe("members at the target now"),
    })
    .optional(),
  note: text.optional(),
  blocked: text.optional().describe("why it would not be done now"),
  rejected: z.literal(true).optional(),
};
const planActions = [
  ...(["create", "adopt", "update", "rename", "deactivate", "reactivate", "delete", "conflict"] as const),
  ...(["none", "members", "reference", "look up", "left alone"] as const),
] as const;
/** What would happen to one person or group. */
export const planItem = z.strictObject({ ...planItemFields, action: z.enum(planActions) });
/** What an edit of the configuration changes for one person or group. */
export const editItem = z.strictObject({
  kind,
  label: text,
  sourceId: text,
  targetId: textOrNull,
  action: text,
  reason: text,
  values: z.array(plannedValue),
});
/** The same of an undo. */
export const undoItem = z.strictObject({
  ...planItemFields,
  action: z.enum([...planActions, "unlink"]),
  left: z.array(z.strictObject({ path: text, why: text })).describe("what is not put back, and why"),
  already: count.describe("how much of it was as before already"),
});

const rejection = z.strictObject({ actor: text, reason: text, at: time });
const changeShape = {
  hold: count.nullable(),
  class: changeClass,
  kind,
  sourceId: text,
  targetId: textOrNull,
  label: text,
  group: textOrNull.describe("of a membership"),
  path: textOrNull.describe("SCIM path of a reference"),
  reason: text,
  found: textOrNull.describe("id of an account or group that exists already"),
  rejected: rejection.nullable(),
};
/** A change that waits for a person's word, or that one said no to. */
export const change = z.strictObject(changeShape);
export const changeFields = changeShape;

const approvedShape = {
  class: holdClass,
  kind,
  sourceId: text,
  label: text,
  group: textOrNull,
  actor: text,
  reason: text,
  at: time,
  expiresAt: time,
  expired: yesNo,
};
export const approved = z.strictObject(approvedShape);
export const approvedFields = approvedShape;

/** An attempt to write, or what a person decided. */
export const auditFields = {
  seq: count,
  at: time,
  run,
  event: z.enum(["attempt", "approval", "decision"]),
  object: z.enum(["user", "group", "connection"]),
  label: textOrNull,
  sourceId: text,
  targetId: textOrNull,
  action: text,
  reason: text,
  actor: text,
  config: textOrNull.describe("digest of the configuration in force"),
  outcome: z.enum(["done", "failed", "unknown", "found-done", "found-not-done"]).nullable(),
  status: z.int().nullable().describe("HTTP status, or LDAP result code"),
  message: textOrNull,
  before: values.nullable(),
  after: values.nullable(),
};

export const orphan = z
  .strictObject({ connection: text, activeAccounts: count.nullable() })
  .describe("a state file whose connection the configuration does not know");

export const check = z.strictObject({
  ok: z.union([z.boolean(), z.literal("warning")]),
  check: text,
  message: text,
  hint: text.optional(),
  refused: z.literal(true).optional(),
});
