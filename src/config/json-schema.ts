/** The JSON Schema of the configuration file, for completion and hover in editors: from the same definition that checks it. */

import type { SourceDefinition } from "../sources/source.ts";
import type { TargetDefinition } from "../targets/target.ts";
import { z } from "../zod.ts";
import { configFile } from "./schema.ts";
import { defaultRegistries, type Registries, type Registry } from "./sections.ts";

type JsonSchema = Readonly<Record<string, unknown>>;

/** Draft 7, which editors understand best. Sections of sources and targets are those of every type that this version knows. */
export async function jsonSchema(registries: Registries = defaultRegistries): Promise<JsonSchema> {
  const { properties, ...rest } = toJson(configFile);
  const named = properties as Readonly<Record<string, JsonSchema>>;
  return {
    ...rest,
    title: "Rollcall configuration",
    properties: {
      ...named,
      sources: { ...named["sources"], additionalProperties: await sectionsOf(registries.sources) },
      targets: { ...named["targets"], additionalProperties: await sectionsOf(registries.targets) },
    },
  };
}

async function sectionsOf(
  registry: Registry<SourceDefinition> | Registry<TargetDefinition>,
): Promise<JsonSchema> {
  const sections = await Promise.all(
    Object.values(registry).map(async (load) => {
      const { type, title, settings } = await load();
      const { properties = {}, required = [], $schema: _, ...rest } = toJson(settings);
      return {
        ...rest,
        title,
        properties: { type: { const: type, description: title }, ...(properties as object) },
        required: ["type", ...(required as readonly string[])],
      };
    }),
  );
  return { anyOf: sections };
}

function toJson(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { target: "draft-7", io: "input", unrepresentable: "any" });
}
