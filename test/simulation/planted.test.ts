import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { invariants } from "./invariants/index.ts";
import { firstSeeds } from "./planted/first-seeds.ts";
import { plantedBugs } from "./planted/index.ts";

const main = fileURLToPath(new URL("./main.ts", import.meta.url));

describe("a simulation with a planted bug", () => {
  test.each(plantedBugs)(
    "notices: $sentence",
    async ({ name }) => {
      const from = String(firstSeeds[name] ?? 1);
      const child = spawn(process.execPath, [main, "--plant", name, "--seeds", "900", "--from", from], {
        stdio: ["ignore", "pipe", "pipe"],
      });
      let said = "";
      for (const stream of [child.stdout, child.stderr]) stream.on("data", (part) => (said += part));
      const [status] = (await once(child, "exit")) as [number | null];
      expect(said).toContain(`"${name}" is noticed in seed `);
      expect(status).toBe(0);
    },
    600_000,
  );

  test("exists for every promise that is checked", () => {
    const shown = new Set(plantedBugs.map(({ breaks }) => breaks[0]));
    const checked = [...invariants.map(({ id }) => id), "I11"];
    expect(checked.filter((id) => !shown.has(id))).toEqual([]);
  });
});
