import type { CycleRequest } from "../../src/cycle.ts";
import { calmDown } from "./calm.ts";
import { Checker, type Violation } from "./checker.ts";
import type { FaultCounts } from "./faults/counts.ts";
import { drawFaults } from "./faults/plan.ts";
import { sweep, thin, whole } from "./sweep.ts";
import { refuseForWeeks } from "./weeks.ts";
import { Admin } from "./world/admin.ts";
import { enter, leave, register } from "./world/definitions.ts";
import { watchDisks } from "./world/disk.ts";
import { migratedState } from "./world/migrated-state.ts";
import { Story } from "./world/story.ts";
import { Tampering } from "./world/tampering.ts";
import { World } from "./world/world.ts";

const minute = 60_000;
const hour = 60 * minute;

/** Every so many seeds, one has a crash at every single point instead of some by chance; and some at points here and there. */
const sweptEvery = 500;
const sweptThinlyEvery = 50;

export interface SeedResult {
  readonly seed: number;
  readonly violations: readonly Violation[];
  readonly faults: FaultCounts["all"];
  /** Something was written to the target. */
  readonly reachedApply: boolean;
  readonly cycles: number;
  readonly writes: number;
  /** The same for every run of the seed. */
  readonly digest: string;
}

/** Tells one seed's story: first with faults, then without, when the target has to come to what the directory says. */
export async function runSeed(seed: number, loud = false): Promise<SeedResult> {
  watchDisks();
  register();
  if (seed % sweptEvery === 0) return sweep(seed, whole);
  if (seed % sweptThinlyEvery === 0) return sweep(seed, thin);
  const world = new World(seed, loud);
  // How a state comes into being, and what may cut that off, is the matter of every fourth story.
  if (seed % 4 !== 0) migratedState(world.folder);
  enter(world);
  try {
    return await tell(world);
  } finally {
    leave(world);
    world.end();
  }
}

async function tell(world: World): Promise<SeedResult> {
  const checker = new Checker(world);
  const story = new Story(world);
  const admin = new Admin(world);
  const tampering = new Tampering(world);
  try {
    story.begin();
    await withFaults(world, story, admin, tampering);
    story.reveal();
    if (world.settings.weeks) await refuseForWeeks(world, admin, checker.owners);
    await calmDown(world, admin, checker);
  } finally {
    tampering.end();
  }
  const { violations, counts } = checker;
  return {
    seed: world.seed,
    violations,
    faults: world.faults.all,
    reachedApply: counts.writes > 0,
    ...counts,
    digest: world.trace.digest(),
  };
}

/** Cycle after cycle, each with what goes wrong in it; between them the directory changes, time passes, and the admin looks. */
async function withFaults(world: World, story: Story, admin: Admin, tampering: Tampering): Promise<void> {
  for (let n = 0; n < world.settings.cycles; n++) {
    await world.run(requestOf(world), drawFaults(world.random.faults, world.settings));
    admin.look();
    admin.edit();
    await tampering.perhaps();
    story.continue();
    story.poison();
    world.timeline.pass(
      world.random.story.pick([0, 5_000, minute, 40 * minute, 40 * minute, 7 * hour, 25 * hour]),
    );
  }
}

function requestOf(world: World): CycleRequest {
  const random = world.random.story;
  const dice = random.next();
  const people = world.directory.people;
  if (dice < 0.08) return { purpose: "plan", trigger: "on demand" };
  if (dice < 0.16 && people.length > 0)
    return { purpose: "sync", user: random.pick(people).id, trigger: "on demand" };
  if (dice < 0.2) return { purpose: "sync", reconcile: true, trigger: "on demand" };
  return { purpose: "sync", trigger: "schedule", full: dice > 0.9 };
}
