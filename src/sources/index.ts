/** The registry of sources: one line each. A source is loaded when a connection needs it. */
import type { SourceDefinition } from "./source.ts";

/** By the `type` that the YAML names. */
export const sources: Readonly<Record<string, () => Promise<SourceDefinition>>> = {
  "active-directory": async () =>
    (await import("./active-directory/index.ts")).definition as SourceDefinition,
  entra: async () => (await import("./entra/index.ts")).definition as SourceDefinition,
  okta: async () => (await import("./okta/index.ts")).definition as SourceDefinition,
};
