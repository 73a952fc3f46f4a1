/**
 * The deterministic simulation: the real cycle, guards, apply and store run against a simulated directory, target, clock, network and disk, all
 * from one seed.
 *
 *     npm run simulate -- --seeds 600 --from 1 [--jobs 2] [--trace] [--plant BUG]
 *
 * world/      what a seed makes: the directory, the application, the network between, the disk below, processes that die, an admin who errs
 * faults/     what goes wrong, drawn cycle by cycle, each counted when it really struck
 * invariants/ what must never happen and what must come about in the end, one file a promise, from a truth of the checker's own
 * planted/    bugs that are put into the product while it is loaded, to prove that every invariant can fail
 *
 * The same seed always gives the same run: `--seeds 1 --from SEED --trace` shows one that failed. Exit code 0 only without a violation.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { plantedBugs } from "./planted/index.ts";
import { printCaught, printResults, type Tally, tallyOf } from "./results.ts";
import type { SeedResult } from "./run-seed.ts";

const values = optionsOf(process.argv.slice(2));
const seeds = positive("seeds", values.seeds);
const from = positive("from", values.from);
const began = performance.now();
const tally = tallyOf();
const jobs = values.trace || values.plant !== undefined ? 1 : Math.min(positive("jobs", values.jobs), seeds);
const bug = plantedBugs.find((each) => each.name === values.plant);
// Handed out one by one: some seeds take a hundred times as long as others.
const queue: Iterator<number> = (
  bug?.seeds ?? Array.from({ length: seeds }, (_, nth) => from + nth)
).values();
await Promise.all(Array.from({ length: jobs }, () => work(queue, tally)));
process.exitCode =
  values.plant === undefined
    ? printResults(tally, seeds, performance.now() - began)
    : printCaught(tally, values.plant);

function optionsOf(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        seeds: { type: "string", default: "300" },
        from: { type: "string", default: "1" },
        jobs: { type: "string", default: String(availableParallelism()) },
        trace: { type: "boolean", default: false },
        plant: { type: "string" },
      },
    }).values;
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

/** A whole number from 1 up: with anything else no seed would be told, and "0 violations" would mean nothing. */
function positive(name: string, text: string): number {
  return /^[1-9]\d{0,8}$/.test(text)
    ? Number(text)
    : refuse(`--${name} is a whole number from 1 up, not "${text}"`);
}

function refuse(why: string): never {
  console.error(
    `${why}\nusage: npm run simulate -- [--seeds N] [--from SEED] [--jobs N] [--trace] [--plant BUG]`,
  );
  process.exit(2);
}

/** One process tells a seed after the other; with a planted bug, until it is noticed. */
async function work(next: Iterator<number>, into: Tally): Promise<void> {
  const worker = fork(fileURLToPath(new URL("./worker.ts", import.meta.url)), [
    JSON.stringify({ loud: values.trace, plant: values.plant }),
  ]);
  const hand = () => {
    const { value: seed, done } = next.next();
    if (done || noticed) worker.disconnect();
    else worker.send(seed);
  };
  let noticed = false;
  worker.on("message", (result) => {
    const told = result as SeedResult;
    into.add(told);
    noticed = told.violations.some((each) => bug?.breaks.includes(each.invariant));
    hand();
  });
  hand();
  const [code] = (await once(worker, "exit")) as [number | null];
  if (code !== 0) throw new Error(`a worker ended with ${code}`);
}
