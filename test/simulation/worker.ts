/** A process of the simulation: runs every n-th seed and hands over what came of it. */
import { runSeed } from "./run-seed.ts";

const [from = 0, to = 0, step = 1] = process.argv.slice(2).map(Number);

for (let seed = from; seed < to; seed += step) process.send?.(await runSeed(seed));
process.disconnect?.();
