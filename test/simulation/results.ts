import { hash } from "node:crypto";
import type { Violation } from "./checker.ts";
import { faultNames } from "./faults/counts.ts";
import { plantedBugs } from "./planted/index.ts";
import type { SeedResult } from "./run-seed.ts";

/** What all seeds together came to. */
export interface Tally {
  add(result: SeedResult): void;
  readonly violations: Violation[];
  readonly faults: Map<string, number>;
  /** Seed -> digest of its run. */
  readonly digests: Map<number, string>;
  readonly sums: { seeds: number; reachedApply: number; cycles: number; writes: number };
}

export function tallyOf(): Tally {
  const tally: Tally = {
    violations: [],
    faults: new Map(),
    digests: new Map(),
    sums: { seeds: 0, reachedApply: 0, cycles: 0, writes: 0 },
    add(result) {
      tally.violations.push(...result.violations);
      for (const [name, count] of Object.entries(result.faults))
        tally.faults.set(name, (tally.faults.get(name) ?? 0) + count);
      tally.digests.set(result.seed, result.digest);
      tally.sums.seeds += 1;
      tally.sums.reachedApply += result.reachedApply ? 1 : 0;
      tally.sums.cycles += result.cycles;
      tally.sums.writes += result.writes;
    },
  };
  return tally;
}

/** Prints in which seed a planted bug was noticed, and by what; returns the exit code, which is 0 when it was. */
export function printCaught(tally: Tally, name: string): number {
  const breaks = plantedBugs.find((each) => each.name === name)?.breaks ?? [];
  const noticed = tally.violations.filter((each) => breaks.includes(each.invariant));
  for (const { seed, invariant, how } of noticed)
    console.log(`"${name}" is noticed in seed ${seed} by ${invariant}: ${how}`);
  if (noticed.length === 0) console.log(`"${name}" is not noticed in ${tally.sums.seeds} seeds`);
  return noticed.length === 0 ? 1 : 0;
}

/** So many violations are shown with their trace. */
const mostShown = 5;

/** Prints what came of it; returns the exit code. */
export function printResults(tally: Tally, seeds: number, ms: number): number {
  const violations = tally.violations.toSorted((a, b) => a.seed - b.seed);
  for (const [at, violation] of violations.entries()) {
    const { seed, invariant, sentence, how, trace } = violation;
    console.log(`seed ${seed}: ${invariant} is broken (${sentence}): ${how}`);
    if (at < mostShown) for (const line of trace) console.log(`    ${line}`);
  }
  console.log("\nWhat went wrong on purpose:");
  for (const name of faultNames) console.log(`  ${String(tally.faults.get(name) ?? 0).padStart(9)}  ${name}`);
  const { reachedApply, cycles, writes } = tally.sums;
  const share = ((100 * reachedApply) / Math.max(1, tally.sums.seeds)).toFixed(1);
  console.log(`\n${cycles} cycles, ${writes} writes that took effect, ${(ms / 1000).toFixed(1)} s`);
  console.log(`${reachedApply} of ${tally.sums.seeds} seeds (${share} %) reached an apply`);
  const failed = violations.length > 0 || tally.sums.seeds !== seeds;
  const digests = [...tally.digests].sort(([a], [b]) => a - b).map(([, digest]) => digest);
  console.log(`digest of all runs: ${hash("sha256", digests.join("\n"))}`);
  console.log(`${tally.sums.seeds} seeds, ${violations.length} violations`);
  return failed ? 1 : 0;
}
