/** The registry of targets: one line each. A target is loaded when a connection needs it. */
import type { TargetDefinition } from "./target.ts";

/** By the `type` that the YAML names. */
export const targets: Readonly<Record<string, () => Promise<TargetDefinition>>> = {
  embedded: async () => (await import("./embedded/index.ts")).definition as TargetDefinition,
  scim: async () => (await import("./http/index.ts")).definition as TargetDefinition,
};
