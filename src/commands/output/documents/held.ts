/** Documents of what waits for a person's word, and of the answers. */
import { z } from "../../../zod.ts";
import {
  approvedFields,
  change,
  changeClass,
  changeFields,
  count,
  hold,
  planItem,
  run,
  text,
  textOrNull,
  time,
  yesNo,
} from "./parts.ts";

const answer = {
  connection: text,
  hold: count.nullable().describe("null where the answer is about several"),
  class: changeClass.nullable(),
  objects: count,
  digest: text.describe("of the changes as they stood"),
  changes: z.array(change),
  actor: text,
  reason: text,
};

export const heldDocuments = {
  Holds: {
    from: "held list",
    summary: "what waits for a person's word, what was approved and is not applied yet, what was rejected",
    fields: {
      holds: z.array(
        z.strictObject({
          connection: text,
          ...hold.shape,
          waiting: count,
          digest: text.describe("for --expect"),
          objects: z.array(change),
        }),
      ),
      approvals: z.array(z.strictObject({ connection: text, ...approvedFields })),
      rejections: z.array(z.strictObject({ connection: text, ...changeFields })),
    },
  },
  HeldChanges: {
    from: "held show",
    summary: "everything about what is held, of a hold or of a person or group",
    fields: {
      connection: text,
      digest: text.describe("for --expect"),
      holds: z.array(hold),
      changes: z.array(
        z.strictObject({
          ...changeFields,
          whileItWaits: text,
          presence: z.enum(["unknown", "present", "absent"]).nullable(),
          evidence: textOrNull,
          scope: z.strictObject({ inScope: yesNo, rule: text }).nullable(),
          wantedSinceRun: run.nullable(),
          change: planItem.nullable(),
        }),
      ),
    },
  },
  Approval: {
    from: "held approve",
    summary: "a yes that was given",
    fields: { ...answer, expiresAt: time },
  },
  Rejection: { from: "held reject", summary: "a no that was given", fields: answer },
} as const;
