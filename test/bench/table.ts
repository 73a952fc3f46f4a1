/** The figures as lines for people. */
import type { Claim, Measured, Outcome, Row } from "./row.ts";

export function isReached({ measured, atMost = Infinity, atLeast = -Infinity }: Claim): boolean {
  return measured <= atMost && measured >= atLeast;
}

/** A row's works and claims. */
export function table({ works, claims, notes = [] }: Outcome): string {
  const lines = [["", "CPU", "wall", "memory", ""], ...works.map(cells)];
  const widths =
    lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  const rows = lines.map((line) =>
    line
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
  return [...rows, ...claims.map(claimLine), ...notes].map((line) => `  ${line}\n`).join("");
}

function cells({ name, cpu, cpuRange: [low, high], wall, peak, rounds }: Measured): string[] {
  const range = `${rounds} rounds, CPU ${seconds(low)} to ${seconds(high)}`;
  return [name, seconds(cpu), seconds(wall), `${Math.round(peak / 1e6)} MB`, range];
}

/** A time, in the unit that suits it. */
export function seconds(n: number): string {
  return n < 1 ? `${Math.round(n * 1000)} ms` : `${n.toFixed(2)} s`;
}

function claimLine(claim: Claim): string {
  return `${isReached(claim) ? "reached" : "MISSED "}  ${claim.what}: ${claimValue(claim)} (${goalOf(claim)})`;
}

/** What was measured, with its unit. */
export function claimValue({ measured, unit }: Claim): string {
  const digits = Number.isInteger(measured) ? 0 : measured < 10 ? 2 : measured < 100 ? 1 : 0;
  return `${measured.toFixed(digits)} ${unit}`;
}

export function goalOf({ atMost, atLeast }: Claim): string {
  return atMost === undefined ? `at least ${atLeast}` : `at most ${atMost}`;
}

/** What was reached and what was not, at the end of everything. */
export function summary(results: readonly { readonly row: Row; readonly outcome: Outcome }[]): string {
  const claims = results.flatMap(({ row, outcome }) => outcome.claims.map((claim) => ({ row, claim })));
  const missed = claims.filter(({ claim }) => !isReached(claim));
  const head = `${claims.length - missed.length} of ${claims.length} reached\n`;
  return `${head}${missed.map(({ row, claim }) => `${row.id}. ${claimLine(claim)}\n`).join("")}`;
}
