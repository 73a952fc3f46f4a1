/** Documents of what is done to the state as files. */
import { z } from "../../../zod.ts";
import { count, text, textOrNull, time, yesNo } from "./parts.ts";

const fileKind = z.enum(["connection", "claims", "directory", "retired"]);

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
  Backup: {
    from: "backup",
    summary: "what was written into the file",
    fields: {
      file: text,
      handover: yesNo.describe("nothing is done with the state any more that it was made of"),
      done: yesNo,
      rollcall: text.describe("version that wrote it"),
      files: z.array(
        z.strictObject({
          name: text,
          kind: fileKind,
          size: count.describe("bytes"),
          sha256: text,
          schema: count,
          lineage: text.optional().describe("which snapshot it is"),
          serial: count.optional().describe("reads that were finished"),
          lastEvent: count.optional().describe("number of the newest event of its audit trail"),
        }),
      ),
    },
  },
  SupportBundle: {
    from: "support-bundle",
    summary: "which parts were written into the file",
    fields: { file: text, contents: z.array(z.strictObject({ part: text, what: text })) },
  },
  TakeBack: {
    from: "backup --take-back",
    summary: "a state that was handed over is worked with again",
    fields: { file: text.describe("the backup that it went into"), host: text, done: yesNo },
  },
  Restore: {
    from: "restore",
    summary: "what a backup holds, and what became of the state that was there",
    fields: {
      file: text,
      madeAt: time,
      madeBy: text,
      host: text,
      rollcall: text.describe("version that wrote it"),
      handover: yesNo,
      files: z.array(z.strictObject({ name: text, kind: fileKind, size: count })),
      conflicts: z.array(
        z.strictObject({
          connection: textOrNull.describe("null: the state as a whole"),
          is: z
            .enum(["newer", "other", "missing", "moved"])
            .describe("moved: the state here was handed over, and is worked with elsewhere"),
        }),
      ),
      lostRejections: z
        .array(
          z.strictObject({
            connection: text,
            label: text,
            group: textOrNull.describe("of a membership: the group"),
            class: text,
            actor: text,
            reason: text,
            at: time,
          }),
        )
        .describe("what persons said no to in the state that is here, and the backup does not know"),
      beginsPaused: yesNo.describe("nothing is written until `rollcall resume`"),
      aside: textOrNull.describe("where the state is that was there before"),
      done: yesNo,
    },
  },
} as const;
