import { jsonSchema } from "../config/json-schema.ts";
import { ConfigurationError } from "../errors.ts";
import { mappingJsonSchema } from "../mapping/json-schema.ts";
import { didYouMean } from "../yaml/suggest.ts";
import type { Invocation } from "./invocation.ts";

const schemas = {
  config: async () => jsonSchema(),
  mapping: async () => mappingJsonSchema(),
  json: async () => documentsSchema(),
} as const;

/** What `rollcall schema` can print. */
const schemaNames = Object.keys(schemas) as readonly (keyof typeof schemas)[];

/**
 * `rollcall schema`: the JSON Schema of the configuration, of mapping files or of what --json gives, for editors and other tools; the same with
 * and without --json.
 */
export async function run({ io, arguments: [name = "config", document] }: Invocation): Promise<number> {
  const known = schemaNames.find((each) => each === name);
  if (known === undefined) {
    throw new ConfigurationError(`there is no schema "${name}"`, {
      hint: `there are: ${schemaNames.join(", ")}`,
    });
  }
  if (document !== undefined && known !== "json")
    throw new ConfigurationError(`the schema "${known}" has no parts to name`);
  io.stdout.write(
    `${JSON.stringify(await (known === "json" ? documentsSchema(document) : schemas[known]()), null, 2)}\n`,
  );
  return 0;
}

/** Of one kind of document, or of all of them. Loaded then only: it is long. */
async function documentsSchema(kind?: string): Promise<Readonly<Record<string, unknown>>> {
  const { documents, publishedSchema } = await import("./output/documents/documents.ts");
  const kinds = Object.keys(documents);
  if (kind === undefined) {
    const all = Object.entries(documents).map(([each, definition]) => {
      const { $schema: _, ...schema } = publishedSchema(each, definition);
      return schema;
    });
    return { $schema: "http://json-schema.org/draft-07/schema#", title: "Rollcall documents", oneOf: all };
  }
  const definition = Object.hasOwn(documents, kind) ? documents[kind] : undefined;
  if (definition !== undefined) return publishedSchema(kind, definition);
  throw new ConfigurationError(`there is no document "${kind}"${didYouMean(kind, kinds)}`, {
    hint: `there are: ${kinds.join(", ")}`,
  });
}
