/** The document of `explain`: where somebody comes from, what was made of that, and what comes next. */
import { z } from "../../../zod.ts";
import {
  auditFields,
  count,
  finding,
  holdClass,
  kind,
  memberSummary,
  planItem,
  text,
  textOrNull,
  time,
  timeOrNull,
  value,
  values,
  yesNo,
} from "./parts.ts";

const failing = z
  .strictObject({ since: time, attempts: count, error: textOrNull, retryAt: timeOrNull, givenUp: timeOrNull })
  .nullable();

const clause = z.strictObject({
  text: text.describe("a part of the rule"),
  holds: yesNo.nullable().describe("null where it cannot be worked out"),
  reads: values,
  decides: yesNo,
});

const object = z.strictObject({
  kind,
  sourceId: text,
  label: text,
  presence: z.enum(["unknown", "present", "absent"]),
  evidence: textOrNull,
  scope: z.strictObject({ inScope: yesNo, rule: text, parts: z.array(clause) }),
  intent: z.enum(["active", "inactive", "deleted", "keep"]),
  reason: text,
  problem: textOrNull,
  account: z
    .strictObject({
      id: text,
      origin: z.enum(["created", "adopted"]).nullable(),
      since: timeOrNull,
    })
    .nullable(),
  found: z.strictObject({ id: text, by: textOrNull }).nullable(),
  held: z.strictObject({ hold: count, class: holdClass, since: time }).nullable(),
  rejected: z.strictObject({ class: text, actor: text, reason: text, at: time }).nullable(),
  failing,
  inDoubt: z.strictObject({ since: timeOrNull, lookedUpAt: timeOrNull }).nullable(),
  outsidePilot: yesNo,
  deletedAt: timeOrNull,
  waitingForSeat: timeOrNull,
  dueAt: timeOrNull,
});

export const explainDocuments = {
  Explanation: {
    from: "explain",
    summary: "everything that is known of one person or group, connection by connection",
    fields: {
      key: text,
      found: z.array(
        z.strictObject({
          connection: text,
          source: text,
          target: text,
          object,
          record: values.describe("what the directory says"),
          protectedBy: textOrNull,
          match: z.array(text),
          mapping: z.array(
            z.strictObject({
              path: text,
              expression: text,
              where: text,
              write: z.enum(["always", "onCreate", "ifPresent"]),
              value,
              target: value,
              by: z
                .enum(["value", "ifEmpty", "constant", "nothing", "problem"])
                .describe(
                  "what gave the value: the expression, ifEmpty, a constant; or it gave nothing, or failed",
                ),
              reads: values.describe("the attributes that it read"),
              problem: textOrNull,
            }),
          ),
          references: z.array(
            z.strictObject({ path: text, label: textOrNull, targetId: textOrNull, settled: yesNo }),
          ),
          groups: z.array(z.strictObject({ label: text, sourceId: text, desired: yesNo, applied: yesNo })),
          members: z
            .strictObject({
              ...memberSummary.shape,
              leftOut: z
                .array(z.strictObject({ label: text, sourceId: text, reason: text }))
                .describe("in the group in the directory, and no members at the target; the first of them"),
            })
            .nullable()
            .describe("of a group"),
          failingParts: z.array(
            z.strictObject({
              type: z.enum(["reference", "membership"]),
              kind,
              label: text,
              sourceId: text,
              path: text,
              other: textOrNull,
              isRemoval: yesNo,
              error: textOrNull,
              failures: count,
              failingSince: time,
              retryAt: timeOrNull,
              givenUp: timeOrNull,
            }),
          ),
          drift: z.array(finding),
          next: z.array(planItem),
          history: z.array(z.strictObject(auditFields)),
          asOf: timeOrNull,
        }),
      ),
    },
  },
} as const;
