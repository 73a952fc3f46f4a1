/** The documents that --json gives, held against their definitions. */
import { z } from "zod";
import { documentSchema, documents } from "../../src/commands/output/documents/documents.ts";

const schemas = new Map(Object.entries(documents).map(([kind, each]) => [kind, documentSchema(kind, each)]));

/** Every document in what a command wrote to standard output. */
export function documentsIn(out: string): readonly { readonly kind: string }[] {
  return out
    .split("\n")
    .filter((line) => line.startsWith('{"version":'))
    .map((line) => JSON.parse(line) as { readonly kind: string });
}

/** Throws where a document is not what its definition says, to the last field. One that has no definition is named by the test of the definitions. */
export function checkDocuments(command: string, out: string): void {
  for (const document of documentsIn(out)) {
    const result = schemas.get(document.kind)?.safeParse(document);
    if (result === undefined || result.success) continue;
    throw new Error(
      `\`rollcall ${command}\` gives a document ${document.kind} that is not as src/commands/output/documents/ describes it:\n${z.prettifyError(result.error)}\nDescribe it there, then: UPDATE=1 npx vitest run test/commands/documents.test.ts`,
    );
  }
}
