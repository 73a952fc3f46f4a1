/** A process of the simulation: tells the seeds that it is handed, and hands over what came of each. */
import { plant } from "./planted/plant.ts";

interface Options {
  /** Prints every event. */
  readonly loud: boolean;
  /** A bug that is put into the product first. */
  readonly plant?: string;
}

const options = JSON.parse(process.argv[2] ?? "{}") as Options;
if (options.plant !== undefined) plant(options.plant);

// Only now: what is imported before a bug is planted does not have it.
const { runSeed } = await import("./run-seed.ts");
process.on("message", async (seed: number) => {
  const result = await runSeed(seed, options.loud).catch((error: unknown) => {
    throw new Error(`seed ${seed} was not told to its end`, { cause: error });
  });
  process.send?.(result);
});
