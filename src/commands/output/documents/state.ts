/** Documents of what is done to the state as files. */
import { z } from "zod";
import { count, text, textOrNull, yesNo } from "./parts.ts";

export const stateDocuments = {
  Forget: {
    from: "forget",
    summary: "who was erased, and where",
    fields: {
      connections: z.array(
        z.strictObject({
          connection: text,
          sourceId: text,
          label: text,
          targetId: textOrNull,
          events: count.describe("events of the audit trail without what is personal"),
          mentions: count.nullable().describe("of these events of others; null in a dry run"),
          accountDeleted: yesNo.describe("the embedded directory held the account"),
          scrubbed: yesNo.describe("the values are in no page of the files any more"),
        }),
      ),
      copies: z.strictObject({
        retired: z.array(text),
        removed: z.array(text),
        left: z.array(text).describe("states that a restore put aside: not touched"),
      }),
      done: yesNo,
    },
  },
} as const;
