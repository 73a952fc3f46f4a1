/** The registry of targets: one line each, loaded when a connection of that type exists. */
import type { TargetDefinition } from "./target.ts";

const TARGETS: Readonly<Record<string, () => Promise<TargetDefinition>>> = {
  scim: async () => (await import("./http/index.ts")).definition as TargetDefinition,
  embedded: async () => (await import("./embedded/index.ts")).definition as TargetDefinition,
};

/** Values of `type` in the YAML. */
export const targetTypes: readonly string[] = Object.keys(TARGETS);

/** The definition behind a `type`, or undefined when there is none of that name. */
export async function loadTarget(type: string): Promise<TargetDefinition | undefined> {
  return Object.hasOwn(TARGETS, type) ? TARGETS[type]?.() : undefined;
}
