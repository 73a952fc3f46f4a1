/**
 * The benchmark: `npm run bench`, with `--quick` in less than two minutes on a small scale. Each piece of work stands beside its floor, measured
 * in the same run; docs/performance.md says what the figures mean.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { describeMachine } from "./machine.ts";
import type { Bench, Outcome, Row } from "./row.ts";
import { rows } from "./rows.ts";
import { isReached, summary, table } from "./table.ts";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    rounds: { type: "string" },
    scale: { type: "string", default: "1" },
    json: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  process.stdout.write(
    `npm run bench -- [--quick | --scale 0.1] [--only 1,3b] [--rounds 3] [--json FILE]\n\nRows: ${rows.map(({ id }) => id).join(", ")}\n`,
  );
  process.exit(0);
}
const ids = values.only?.split(",");
const unknown = ids?.filter((id) => rows.every((row) => row.id !== id)) ?? [];
if (unknown.length > 0) {
  process.stderr.write(
    `--only: no row ${unknown.join(", ")}; there are ${rows.map(({ id }) => id).join(", ")}\n`,
  );
  process.exit(2);
}
const rounds = Number(values.rounds ?? (values.quick ? 1 : 3));
if (!Number.isInteger(rounds) || rounds < 1) {
  process.stderr.write("--rounds: expected a whole number from 1\n");
  process.exit(2);
}
const scale = Number(values.scale);
if (!(scale > 0 && scale <= 1)) {
  process.stderr.write("--scale: expected a part of the sizes that the titles name, at most 1: 0.1\n");
  process.exit(2);
}

// Beside the sources, on a disk: what is a file system in memory on some machines would count as memory.
const lab = join(import.meta.dirname, "../../.lab");
mkdirSync(lab, { recursive: true });
const root = mkdtempSync(join(lab, "bench-"));
const ends: (() => unknown)[] = [];
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => void finish().then(() => process.exit(signal === "SIGINT" ? 130 : 143)));

const machine = describeMachine();
const results: { readonly row: Row; readonly outcome: Outcome }[] = [];
let failed = 0;
process.stdout.write(`${machine.line}\n${sizesLine()}`);
try {
  for (const row of rows) {
    if (ids?.includes(row.id) === false) continue;
    process.stdout.write(`\n${row.id}. ${row.title}, beside ${row.beside}\n`);
    try {
      const outcome = await row.run(benchOf(row));
      results.push({ row, outcome });
      process.stdout.write(table(outcome));
    } catch (error) {
      failed++;
      process.stdout.write(`failed: ${error instanceof Error ? error.stack : error}\n`);
    }
    await finish(join(root, `row-${row.id}`));
  }
} finally {
  await finish();
}
process.stdout.write(`\n${summary(results)}`);
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(documentOf(), null, 2)}\n`);
process.exitCode = failed > 0 ? 1 : 0;

function sizesLine(): string {
  if (values.quick)
    return "quick: small sizes, to see that everything runs; they say little about large ones\n";
  return scale === 1 ? "" : `scale ${scale}: that part of the sizes that the titles name\n`;
}

function benchOf(row: Row): Bench {
  const directory = join(root, `row-${row.id}`);
  const shared = join(root, "shared");
  for (const each of [directory, shared]) mkdirSync(each, { recursive: true });
  return {
    isQuick: values.quick,
    rounds,
    directory,
    shared,
    size: (full, quick) => (values.quick ? quick : Math.max(quick, Math.round(full * scale))),
    say: (line) => process.stderr.write(`  ${line}\n`),
    atEnd: (end) => ends.push(end),
  };
}

/** Of a row: the next one needs the disk. */
async function finish(directory = root): Promise<void> {
  for (const end of ends.splice(0).reverse()) await end();
  rmSync(directory, { recursive: true, force: true });
}

function documentOf() {
  const { line, ...described } = machine;
  return {
    machine: described,
    quick: values.quick,
    scale,
    rounds,
    rows: results.map(({ row: { id, title, beside }, outcome }) => ({
      ...{ id, title, beside },
      ...outcome,
      claims: outcome.claims.map((claim) => ({ ...claim, reached: isReached(claim) })),
    })),
  };
}
