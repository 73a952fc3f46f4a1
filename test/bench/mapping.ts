/**
 * What the default mappings cost beside functions written by hand that give the same:
 *
 *     node test/bench/mapping.ts --people 200000 --rounds 5
 *
 * CPU seconds of this process (all its threads, so the collection of garbage counts), the median of the rounds. "plain" gives the same
 * resources; "bare" leaves the cleaning of values away and shows what it costs to move them.
 */
import { isDeepStrictEqual, parseArgs } from "node:util";
import { compileMapping } from "../../src/mapping/compile.ts";
import { sources } from "../../src/sources/index.ts";
import type { SourceRecord } from "../../src/sources/source.ts";
import { people } from "./mapping-people.ts";
import { bare, plain } from "./mapping-plain.ts";

const { values } = parseArgs({
  options: { people: { type: "string", default: "200000" }, rounds: { type: "string", default: "5" } },
});
const count = Number(values.people);
const rounds = Math.max(3, Number(values.rounds));
const different = Math.min(count, 20_000);
let sink = 0;

/** CPU seconds to evaluate `count` people, the different ones again and again. */
function cpu(evaluate: (record: SourceRecord) => unknown, records: readonly SourceRecord[]): number {
  const before = process.cpuUsage();
  for (let at = 0; at < count; at++) {
    const made = evaluate(records[at % records.length] ?? {});
    if (made !== undefined) sink += 1;
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

const seconds = (n: number) => `${n.toFixed(2)} s`;
const rows: string[][] = [["source", "mapping", "plain", "bare", "mapping/plain", "mapping/bare"]];
for (const [name, hand] of Object.entries(plain)) {
  const definition = await sources[name as keyof typeof sources]?.();
  const byHandBare = bare[name];
  if (definition === undefined || byHandBare === undefined) throw new Error(`no source ${name}`);
  const mapping = await compileMapping({ definition, scope: { include: [] } });
  const records = people(name, different);
  const mapped = (record: SourceRecord) => mapping.evaluate("user", record);
  for (const record of records.filter((_, at) => at % 97 === 0))
    if (!isDeepStrictEqual(mapped(record), hand(record))) throw new Error(`${name}: not the same resources`);
  const took = { mapping: [] as number[], plain: [] as number[], bare: [] as number[] };
  for (const evaluate of [hand, mapped, byHandBare]) cpu(evaluate, records.slice(0, 5_000));
  for (let round = 0; round < rounds; round++) {
    took.plain.push(cpu(hand, records));
    took.mapping.push(cpu(mapped, records));
    took.bare.push(cpu(byHandBare, records));
  }
  const [ours, theirs, least] = [median(took.mapping), median(took.plain), median(took.bare)];
  rows.push([
    name,
    ...[ours, theirs, least].map(seconds),
    (ours / theirs).toFixed(1),
    (ours / least).toFixed(1),
  ]);
}
const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
console.log(`${count.toLocaleString("en")} people, median of ${rounds} rounds, CPU time`);
for (const row of rows) console.log(row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "));
if (sink === 0) throw new Error("nothing was evaluated");
