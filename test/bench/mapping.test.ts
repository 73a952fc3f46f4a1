import { describe, expect, test } from "vitest";
import { compileMapping } from "../../src/mapping/compile.ts";
import { sources } from "../../src/sources/index.ts";
import { people } from "./mapping-people.ts";
import { plain } from "./mapping-plain.ts";

describe("what the benchmark compares the mapping with", () => {
  test.each(Object.entries(plain))(
    "%s gives the same, key by key and in the same order",
    async (name, hand) => {
      const definition = await sources[name as keyof typeof sources]?.();
      if (definition === undefined) throw new Error(`no source ${name}`);
      const mapping = await compileMapping({ definition, scope: { include: [] } });
      for (const record of people(name, 300))
        expect(JSON.stringify(hand(record))).toBe(JSON.stringify(mapping.evaluate("user", record)));
    },
  );
});
