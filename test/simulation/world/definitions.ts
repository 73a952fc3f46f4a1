import { z } from "zod";
import { sources } from "../../../src/sources/index.ts";
import type { SourceDefinition, SourceRecord, View } from "../../../src/sources/source.ts";
import { targets } from "../../../src/targets/index.ts";
import type { TargetDefinition } from "../../../src/targets/target.ts";
import { SimulatedApi } from "./api.ts";
import { SimulatedSource } from "./source.ts";
import type { World } from "./world.ts";

const worlds = new Map<number, World>();

/** Makes a world reachable for the connections that are opened in it. */
export function enter(world: World): void {
  worlds.set(world.seed, world);
}

export function leave(world: World): void {
  worlds.delete(world.seed);
}

function worldOf(settings: unknown): World {
  const { world } = settings as { readonly world: number };
  const found = worlds.get(world);
  if (found === undefined) throw new Error(`there is no world ${world}`);
  return found;
}

const text = { type: "string", description: "text" } as const;

const source: SourceDefinition = {
  type: "simulated",
  title: "simulated directory",
  settings: z.unknown(),
  attributes: {
    user: {
      id: text,
      login: text,
      name: text,
      mail: text,
      title: text,
      department: text,
      manager: { type: "reference", description: "id of the manager" },
      enabled: { type: "boolean", description: "may log in" },
    },
    group: { id: text, name: text },
  },
  openSchema: false,
  includes: {},
  mapping: new URL("./none.yaml", import.meta.url),
  view,
  open(settings) {
    const world = worldOf(settings);
    return new SimulatedSource(world, world.opening);
  },
};

const target: TargetDefinition = {
  type: "simulated",
  title: "simulated application",
  settings: z.unknown(),
  capabilities: (settings) => worldOf(settings).settings.target.capabilities,
  identity: (settings) => `simulated:${worldOf(settings).applicationName}`,
  async open(settings) {
    const world = worldOf(settings);
    return new SimulatedApi(world, world.opening);
  },
};

/** Puts the simulated directory and application beside the real ones, for this thread. */
export function register(): void {
  (sources as Record<string, () => Promise<SourceDefinition>>)["simulated"] = async () => source;
  (targets as Record<string, () => Promise<TargetDefinition>>)["simulated"] = async () => target;
}

function view(_kind: "user" | "group", record: SourceRecord): View {
  return record["enabled"] === false
    ? { attributes: record, disabled: "disabled in the directory" }
    : { attributes: record };
}
