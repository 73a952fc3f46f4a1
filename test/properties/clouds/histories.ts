import { rmSync } from "node:fs";
import { compileMapping } from "../../../src/mapping/compile.ts";
import type { Source } from "../../../src/sources/source.ts";
import { Chance } from "./chance.ts";
import { emptyState } from "./house.ts";
import { Life } from "./life.ts";
import type { Vendor } from "./vendor.ts";

/** How often a story is read by a source that was opened for it: as opening one takes longer than most stories. */
const FRESH = 0.02;

/** Lives through as many random histories as HISTORIES says, from the seed SEED on. Throws the story of the first that ends badly. */
export async function liveThrough(vendor: Vendor, standard: number): Promise<void> {
  const first = Number(process.env["SEED"] ?? 1);
  const count = Number(process.env["HISTORIES"] ?? standard);
  const mapping = await compileMapping({ definition: vendor.definition, scope: { include: [] } });
  const template = await emptyState(vendor.clock);
  const readers = new Map<string, Source>();
  try {
    for (let seed = first; seed < first + count; seed++) {
      const life = new Life(seed, { vendor, mapping, template });
      const { way } = vendor;
      const isFresh = new Chance(seed).happens(FRESH);
      if (isFresh) await readers.get(way)?.close();
      const reader = isFresh ? undefined : readers.get(way);
      const source = reader ?? vendor.open(mapping.reads);
      readers.set(way, source);
      const wrong = await life.live(source).catch((error: unknown) => {
        throw new Error(told(seed, life, ["it broke"]), { cause: error });
      });
      if (wrong.length > 0) throw new Error(told(seed, life, wrong));
    }
  } finally {
    for (const reader of readers.values()) await reader.close();
    rmSync(template, { recursive: true, force: true });
  }
}

function told(seed: number, { story }: Life, wrong: readonly string[]): string {
  return [`SEED=${seed} HISTORIES=1 tells it again:`, ...story, ...wrong].join("\n");
}
