/** Every document that a command gives with --json: one definition for the schema files, the table of the manual, and the tests. */
import { z } from "../../../zod.ts";
import { documentVersion } from "../json.ts";
import { cycleDocuments } from "./cycle.ts";
import { explainDocuments } from "./explain.ts";
import { heldDocuments } from "./held.ts";
import { lookDocuments } from "./look.ts";
import { operationDocuments } from "./operations.ts";
import { count, text, textOrNull } from "./parts.ts";
import { reportDocuments } from "./reports.ts";
import { setUpDocuments } from "./setting-up.ts";
import { stateDocuments } from "./state.ts";

export interface DocumentDefinition {
  /** The command, without `rollcall`. */
  readonly from: string;
  readonly summary: string;
  readonly fields: z.ZodRawShape;
}

/** By kind, in the order of the manual. */
export const documents: Readonly<Record<string, DocumentDefinition>> = {
  ...setUpDocuments,
  ...cycleDocuments,
  ...lookDocuments,
  ...explainDocuments,
  ...heldDocuments,
  ...operationDocuments,
  ...reportDocuments,
  ...stateDocuments,
  Error: {
    from: "any command",
    summary: "why a command failed; the exit code says what kind of failure it is",
    fields: { message: text, hint: textOrNull, exitCode: count },
  },
};

/** What this version of Rollcall writes, to the letter: a field that is not named here is a mistake. */
export function documentSchema(kind: string, { fields }: DocumentDefinition): z.ZodType {
  return z.strictObject({ version: z.literal(documentVersion), kind: z.literal(kind), ...fields });
}

/**
 * The schema for readers (JSON Schema draft 7). A later version of Rollcall may add fields and stays the same `version`, so readers are not told
 * that there are no others.
 */
export function publishedSchema(
  kind: string,
  definition: DocumentDefinition,
): Readonly<Record<string, unknown>> {
  const { $schema, ...rest } = z.toJSONSchema(documentSchema(kind, definition), {
    target: "draft-7",
    override: ({ jsonSchema }) => {
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
      // The format says it; the expression is longer than the rest.
      if (jsonSchema.format === "date-time") delete jsonSchema.pattern;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
    },
  });
  return {
    $schema,
    title: kind,
    description: `\`rollcall ${definition.from} --json\`: ${definition.summary}`,
    ...rest,
  };
}
