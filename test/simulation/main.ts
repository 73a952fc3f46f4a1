/**
 * The deterministic simulation: the real cycle, guards, apply and store run against a simulated directory, target, clock, network and disk, all
 * from one seed.
 *
 *     npm run simulate -- --seeds 600 --from 1 [--jobs 2] [--trace]
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
import { printResults, type Tally, tallyOf } from "./results.ts";
import { runSeed, type SeedResult } from "./run-seed.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "300" },
    from: { type: "string", default: "1" },
    jobs: { type: "string", default: String(availableParallelism()) },
    trace: { type: "boolean", default: false },
  },
});

process.exitCode = await simulate(
  Number(values.seeds),
  Number(values.from),
  Number(values.jobs),
  values.trace,
);

async function simulate(seeds: number, from: number, jobs: number, loud: boolean): Promise<number> {
  const began = performance.now();
  const tally = tallyOf();
  const shares = loud ? 1 : Math.max(1, Math.min(jobs, seeds));
  if (shares === 1) {
    for (let seed = from; seed < from + seeds; seed++) tally.add(await runSeed(seed, loud));
  } else {
    const all = Array.from({ length: shares }, (_, share) => [from + share, from + seeds, shares]);
    await Promise.all(all.map((share) => work(share, tally)));
  }
  return printResults(tally, seeds, performance.now() - began);
}

/** One process does every n-th seed. */
async function work(share: readonly number[], tally: Tally): Promise<void> {
  const worker = fork(fileURLToPath(new URL("./worker.ts", import.meta.url)), share.map(String));
  worker.on("message", (result) => tally.add(result as SeedResult));
  const [code] = (await once(worker, "exit")) as [number | null];
  if (code !== 0) throw new Error(`a worker ended with ${code}`);
}
