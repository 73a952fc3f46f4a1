/** Documents of the commands with which a connection is set up. */
import { z } from "zod";
import { check, count, counts, kind, span, text, textOrNull, values, yesNo } from "./parts.ts";

const sample = z
  .strictObject({
    label: text,
    sourceId: text,
    inScope: yesNo,
    rule: text,
    reason: text,
    problem: textOrNull,
    values,
  })
  .nullable()
  .describe("somebody of the directory, mapped");

const surveyLine = z.strictObject({
  kind,
  status: text,
  sourceId: text,
  name: text,
  targetId: text,
  account: text,
  by: text,
  isActive: yesNo.optional(),
  groups: count.optional(),
  note: text,
});
const counted = z.strictObject({ n: count, examples: z.array(surveyLine) });
const surveySide = z.strictObject({
  inDirectory: count,
  atTarget: count,
  activeAtTarget: count,
  statuses: z.record(text, counted),
  matchedBy: counts,
  matchedOff: counted,
  disabledActive: counted,
  inNoGroup: counted,
  claimedAtTarget: count,
});

const object = z.strictObject({ kind, sourceId: text, label: text });

const problem = z.strictObject({
  file: text,
  line: count,
  column: count,
  path: text.describe("keys from the top, joined by dots"),
  message: text,
  frame: text.describe("the line and a caret below; empty where there is none"),
});

const entraNote = z.strictObject({
  type: z.enum(["lost", "differs"]),
  place: text.describe("in the export"),
  subject: text.describe("SCIM path, or a key of the configuration"),
  entra: text.describe("what stands in Entra"),
  message: text,
});

export const setUpDocuments = {
  Configuration: {
    from: "init",
    summary: "a configuration that was written",
    fields: {
      file: text,
      connection: text,
      mapping: text.optional().describe("the mapping file, with --from-entra"),
      notes: z
        .array(entraNote)
        .optional()
        .describe("with --from-entra: what was not taken over, or works in another way"),
    },
  },
  Validation: {
    from: "validate",
    summary: "what is wrong in the configuration and its mappings, and what is suspicious",
    fields: {
      file: text,
      valid: yesNo,
      problems: z.array(problem),
      warnings: z.array(problem).describe("what is allowed but looks like a slip"),
      failedTests: z.array(text),
      passedTests: count,
      connections: z.array(text),
    },
  },
  Test: {
    from: "test",
    summary: "what was found when logging in, and a sample person",
    fields: {
      connection: text,
      ok: yesNo,
      source: z.array(check),
      target: z.array(check),
      sample,
    },
  },
  Survey: {
    from: "survey",
    summary: "who has an account and who has not, in numbers with examples",
    fields: {
      connection: text,
      read: z.strictObject({
        type: z.enum(["full", "delta", "one", "none"]),
        why: text.optional(),
        users: count,
        groups: count,
        changed: count,
        absent: count,
        durationMs: span,
      }),
      unlisted: z.array(kind).describe("what the target does not list"),
      csv: textOrNull,
      users: surveySide,
      groups: surveySide,
      seatsNeeded: count,
      seatsTaken: count,
    },
  },
  Link: {
    from: "link",
    summary: "one person and one account, bound by hand",
    fields: {
      connection: text,
      object,
      account: z.strictObject({ id: text, name: textOrNull, externalId: textOrNull, active: yesNo }),
      done: yesNo,
      already: yesNo,
      next: text,
    },
  },
  Unlink: {
    from: "unlink",
    summary: "a link that was cut",
    fields: { connection: text, object, targetId: textOrNull, done: yesNo },
  },
  LinksExport: {
    from: "links export",
    summary: "how many links were written",
    fields: { connection: text, file: text, users: count, groups: count },
  },
  LinksImport: {
    from: "links import",
    summary: "how many links a file made",
    fields: {
      connection: text,
      file: text,
      users: count,
      groups: count,
      standing: count.describe("links that stood already"),
      incomplete: count,
      leftOut: z.array(z.strictObject({ line: count, message: text })),
      done: yesNo,
    },
  },
} as const;
