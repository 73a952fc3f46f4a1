/** A process of the simulation: runs every n-th seed and hands over what came of it. */
import { plantedBugs } from "./planted/index.ts";
import { plant } from "./planted/plant.ts";

interface Options {
  readonly from: number;
  readonly to: number;
  readonly step: number;
  /** Prints every event. */
  readonly loud: boolean;
  /** A bug that is put into the product first; the seeds end when it is noticed. */
  readonly plant?: string;
}

const options = JSON.parse(process.argv[2] ?? "{}") as Options;
if (options.plant !== undefined) plant(options.plant);
const bug = plantedBugs.find((each) => each.name === options.plant);

// Only now: what is imported before a bug is planted does not have it.
const { runSeed } = await import("./run-seed.ts");
for (const seed of bug?.seeds ?? range(options)) {
  const result = await runSeed(seed, options.loud).catch((error: unknown) => {
    throw new Error(`seed ${seed} was not told to its end`, { cause: error });
  });
  process.send?.(result);
  if (result.violations.some((each) => bug?.breaks.includes(each.invariant))) break;
}
process.disconnect?.();

function* range({ from, to, step }: Options): Iterable<number> {
  for (let seed = from; seed < to; seed += step) yield seed;
}
