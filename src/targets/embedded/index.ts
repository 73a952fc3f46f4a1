/** The default target: a directory in one SQLite file, which works with no server at all. */
import { join } from "node:path";
import { CORE_ATTRIBUTES } from "../../scim/target-schema.ts";
import { z } from "../../zod.ts";
import type { TargetContext, TargetDefinition } from "../target.ts";
import { CAPABILITIES, embeddedApi } from "./api.ts";
import { directoryId, openDatabase } from "./database.ts";

const settings = z.strictObject({});

/** Lives in `<folder>/<name>.directory.db`; a file that is replaced by another one is another target. */
export const definition: TargetDefinition<z.infer<typeof settings>> = {
  type: "embedded",
  title: "embedded directory",
  settings,
  capabilities: () => CAPABILITIES,
  schema: { ...CORE_ATTRIBUTES, isOpen: true, supports: { patch: true, filter: true, etag: true } },
  identity(_settings, context) {
    const database = openDatabase(fileOf(context));
    try {
      return `embedded:${directoryId(database)}`;
    } finally {
      database.close();
    }
  },
  async open(_settings, context) {
    const file = fileOf(context);
    return embeddedApi(openDatabase(file), file, context.clock);
  },
};

function fileOf({ folder, name }: TargetContext): string {
  return join(folder, `${name}.directory.db`);
}
