/** Documents of the commands with which a connection is set up. */
import { z } from "../../../zod.ts";
import { check, count, counts, kind, planItem, span, text, textOrNull, values, yesNo } from "./parts.ts";

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

const targetAttribute = z.strictObject({
  path: text,
  type: text,
  multiValued: yesNo,
  required: yesNo,
  mutability: z.enum(["readWrite", "readOnly", "immutable", "writeOnly"]),
});

const attributesOfKind = z.strictObject({
  kind,
  match: z.array(text).describe("how existing accounts are found, in this order"),
  unsearchable: z.array(text).describe("of match, what the target cannot look up by"),
  scope: textOrNull.describe("the rule; null where there is none"),
  source: z.array(
    z.strictObject({
      name: text,
      type: text,
      description: text,
      readBy: z.array(text).describe('paths of rows; "scope" for the rule'),
    }),
  ),
  rows: z.array(
    z.strictObject({
      path: text,
      text: text.describe("the expression, or the constant as JSON"),
      type: z.enum(["expression", "constant", "reference"]),
      write: text,
      where: text.describe("file:line:column"),
      reads: z.array(text),
      target: z.strictObject({
        path: text,
        status: z.enum(["accepted", "refused", "unknown"]),
        type: textOrNull,
        required: yesNo,
        reason: textOrNull.describe("why it is refused"),
      }),
    }),
  ),
  unwritten: z
    .array(targetAttribute)
    .nullable()
    .describe("what the target takes and no row writes; null where it does not say"),
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
  Attributes: {
    from: "attributes",
    summary: "what the directory offers, what the mapping makes of it and what the target takes",
    fields: {
      connection: text,
      source: z.strictObject({
        name: text,
        type: text,
        title: text,
        isOpen: yesNo.describe("the directory may have attributes of its own"),
      }),
      target: z.strictObject({
        name: text,
        type: text,
        title: text,
        unknown: textOrNull.describe("why its schema is not known; null where it is"),
        isOpen: yesNo.describe("attributes that are not listed are kept as well"),
        supports: z
          .record(text, yesNo)
          .nullable()
          .describe("its ServiceProviderConfig; null where it has none"),
      }),
      assigned: textOrNull.describe("whom the connection is limited to"),
      kinds: z.array(attributesOfKind),
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
  TestNotification: {
    from: "test --notify",
    summary: "whether each channel took a test message",
    fields: {
      ok: yesNo,
      channels: z.array(
        z.strictObject({ channel: text, type: text, ok: yesNo, message: textOrNull, hint: textOrNull }),
      ),
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
      next: z.array(planItem).describe("what the next sync would change then, as far as the limits let it"),
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
