import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Claim, Measured } from "../bench/row.ts";
import { rows as allRows } from "../bench/rows.ts";
import { claimValue, goalOf, seconds } from "../bench/table.ts";
import { checkTable, table } from "./tables.ts";

/** What `npm run bench -- --json FILE` wrote. */
interface Figures {
  readonly machine: {
    readonly processor: string;
    readonly cores: number;
    readonly memoryGiB: number;
    readonly system: string;
    readonly node: string;
    readonly sqlite: string;
  };
  readonly scale: number;
  readonly rows: readonly Line[];
}

interface Line {
  readonly id: string;
  readonly title: string;
  readonly beside: string;
  readonly works: readonly Measured[];
  readonly claims: readonly (Claim & { readonly reached: boolean })[];
}

const page = new URL("../../docs/performance.md", import.meta.url);
const folder = new URL("../../docs/performance/", import.meta.url);

// What was measured later stands for what was measured before.
const measured = new Map<string, Line & { readonly scale: number }>();
const machines = new Set<string>();
for (const name of readdirSync(folder).sort()) {
  const { machine, scale, rows } = JSON.parse(readFileSync(new URL(name, folder), "utf8")) as Figures;
  const { processor, cores, memoryGiB, system, node, sqlite } = machine;
  machines.add(`${processor}, ${cores} cores, ${memoryGiB} GiB, ${system}, Node ${node}, SQLite ${sqlite}`);
  for (const row of rows) measured.set(row.id, { ...row, scale });
}
const lines = allRows.flatMap(({ id }) => measured.get(id) ?? []);

test("the page shows what was measured, of every row", () => {
  expect(lines.map(({ id }) => id)).toEqual(allRows.map(({ id }) => id));
  const goals = lines.flatMap((line) =>
    line.claims.map((claim) => [
      line.id,
      claim.what,
      claimValue(claim),
      goalOf(claim),
      claim.reached ? "reached" : "**missed**",
    ]),
  );
  const works = lines.flatMap((line) =>
    line.works.map((work, at) => [
      at === 0 ? line.id : "",
      at === 0 ? `${line.title}${part(line.scale)}` : "",
      work.name,
      seconds(work.cpu),
      seconds(work.wall),
      `${Math.round(work.peak / 1e6)} MB`,
    ]),
  );
  checkTable(page, "machine", [...machines].map((machine) => `- ${machine}`).join("\n"));
  checkTable(page, "goals", table(["row", "what", "measured", "goal", ""], goals));
  checkTable(page, "works", table(["row", "work", "", "CPU", "wall", "memory"], works));
});

test("what a missed goal would need stands beside it", () => {
  const text = readFileSync(page, "utf8");
  const needs = text.slice(text.indexOf("## What the missed goals would need"));
  for (const { id, claims } of lines)
    if (claims.some(({ reached }) => !reached))
      expect(needs, `row ${id}`).toMatch(new RegExp(`^\\*\\*Rows? [^*]*\\b${id}\\b[^*]*\\*\\*`, "m"));
});

function part(scale: number): string {
  return scale === 1 ? "" : ` (measured at ${scale} of these sizes)`;
}
