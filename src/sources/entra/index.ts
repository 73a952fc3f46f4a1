import type { SourceContext, SourceDefinition } from "../source.ts";
import type { Settings } from "./config.ts";
import { description } from "./description.ts";
import { EntraTenant } from "./tenant.ts";

/** Microsoft Entra ID, read through Microsoft Graph. */
export const definition = {
  ...description,
  open: (section: Settings, context: SourceContext) => new EntraTenant(section, context, Math.random),
} satisfies SourceDefinition<Settings>;
