/** One line of the table: work, what stands beside it, and what must be reached. */
import type { Cost } from "./measure.ts";

/** What a row is handed. */
export interface Bench {
  readonly isQuick: boolean;
  /** How often each work runs. */
  readonly rounds: number;
  /** An empty directory of this row's own; it is removed afterwards. */
  readonly directory: string;
  /** Where what several rows need is made once and kept until the benchmark ends. */
  readonly shared: string;
  /** The size to work at: the small one with `--quick`. */
  size(full: number, quick: number): number;
  /** A line for whoever waits. */
  say(line: string): void;
  /** What was started is ended at the end, last first, also when the row fails. */
  atEnd(end: () => unknown): void;
}

/** One kind of work, run several times. */
export interface Work {
  readonly name: string;
  run(): Promise<Cost>;
}

/** Medians of a work. */
export interface Measured extends Cost {
  readonly name: string;
  readonly rounds: number;
  /** Lowest and highest CPU seconds. */
  readonly cpuRange: readonly [number, number];
}

/** What must be reached. */
export interface Claim {
  readonly what: string;
  readonly measured: number;
  readonly unit: "x" | "s" | "ms" | "MB" | "rows" | "requests" | "requests/s";
  readonly atMost?: number;
  readonly atLeast?: number;
}

export interface Outcome {
  readonly works: readonly Measured[];
  readonly claims: readonly Claim[];
  readonly notes?: readonly string[];
}

export interface Row {
  /** As in the table: "3b". */
  readonly id: string;
  readonly title: string;
  /** What stands beside it, in words. */
  readonly beside: string;
  run(bench: Bench): Promise<Outcome>;
}

/** Runs the works in turn, so that what else the machine does falls on all of them; the first, which is the floor, runs once more at the end. */
export async function inTurn(bench: Bench, works: readonly Work[]): Promise<readonly Measured[]> {
  const costs = works.map((): Cost[] => []);
  for (let round = 0; round < bench.rounds; round++)
    for (const [at, work] of works.entries()) costs[at]?.push(await said(bench, work));
  const [floor] = works;
  if (floor !== undefined && works.length > 1) costs[0]?.push(await said(bench, floor));
  return works.map(({ name }, at) => medianOf(name, costs[at] ?? []));
}

async function said(bench: Bench, work: Work): Promise<Cost> {
  const cost = await work.run();
  bench.say(
    `${work.name}: ${cost.cpu.toFixed(2)} s CPU, ${cost.wall.toFixed(2)} s, ${Math.round(cost.peak / 1e6)} MB`,
  );
  return cost;
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return low === undefined || high === undefined ? Number.NaN : (low + high) / 2;
}

function medianOf(name: string, costs: readonly Cost[]): Measured {
  const of = (pick: (cost: Cost) => number) => median(costs.map(pick));
  const counted = Object.keys(costs[0]?.said ?? {}).map((key) => [
    key,
    of((cost) => cost.said[key] ?? Number.NaN),
  ]);
  const cpus = costs.map(({ cpu }) => cpu);
  return {
    name,
    rounds: costs.length,
    wall: of(({ wall }) => wall),
    cpu: of(({ cpu }) => cpu),
    peak: of(({ peak }) => peak),
    cpuRange: [Math.min(...cpus), Math.max(...cpus)],
    said: Object.fromEntries(counted) as Record<string, number>,
  };
}
