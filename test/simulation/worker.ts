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
const breaks = plantedBugs.find((each) => each.name === options.plant)?.breaks ?? [];

// Only now: what is imported before a bug is planted does not have it.
const { runSeed } = await import("./run-seed.ts");
for (let seed = options.from; seed < options.to; seed += options.step) {
  const result = await runSeed(seed, options.loud);
  process.send?.(result);
  if (result.violations.some((each) => breaks.includes(each.invariant))) break;
}
process.disconnect?.();
