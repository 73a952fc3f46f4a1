/** The registry of sources: one line each. A source is loaded when a connection needs it. */
import type { SourceDefinition } from "./source.ts";

type Load = () => Promise<{ readonly definition: SourceDefinition }>;

const registry = {
  "active-directory": () => import("./active-directory/index.ts"),
} satisfies Readonly<Record<string, Load>>;

export const sources: Readonly<Record<string, Load>> = registry;

/** What `type` of a source may say in the YAML. */
export const sourceTypes: readonly string[] = Object.keys(registry);
