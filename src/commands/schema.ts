import { jsonSchema } from "../config/json-schema.ts";
import { ConfigurationError } from "../errors.ts";
import { mappingJsonSchema } from "../mapping/json-schema.ts";
import type { Invocation } from "./invocation.ts";

const schemas = {
  config: jsonSchema,
  mapping: async () => mappingJsonSchema(),
} as const;

/** What `rollcall schema` can print. */
export const schemaNames = Object.keys(schemas) as readonly (keyof typeof schemas)[];

/** `rollcall schema`: the JSON Schema of the configuration or of mapping files, for editors and other tools; the same with and without --json. */
export async function run({ io, arguments: [name = "config"] }: Invocation): Promise<number> {
  const known = schemaNames.find((each) => each === name);
  if (known === undefined) {
    throw new ConfigurationError(`there is no schema "${name}"`, {
      hint: `there are: ${schemaNames.join(", ")}`,
    });
  }
  io.stdout.write(`${JSON.stringify(await schemas[known](), null, 2)}\n`);
  return 0;
}
