/** The registry of sources: one line each. A source is described when a configuration names it, and loaded whole when it is read. */
import type { SourceDefinition, SourceDescription } from "./source.ts";

/** By the `type` that the YAML names. */
export const sources: Readonly<Record<string, () => Promise<SourceDefinition>>> = {
  "active-directory": async () =>
    openedLater(
      (await import("./active-directory/description.ts")).description,
      () => import("./active-directory/index.ts"),
    ),
  entra: async () =>
    openedLater((await import("./entra/description.ts")).description, () => import("./entra/index.ts")),
  okta: async () =>
    openedLater((await import("./okta/description.ts")).description, () => import("./okta/index.ts")),
};

/** Whoever only describes a source does not wait for its client. */
function openedLater<Settings>(
  description: SourceDescription<Settings>,
  load: () => Promise<{ readonly definition: SourceDefinition<Settings> }>,
): SourceDefinition {
  const definition: SourceDefinition<Settings> = {
    ...description,
    open: async (settings, context) => (await load()).definition.open(settings, context),
  };
  return definition as SourceDefinition;
}
