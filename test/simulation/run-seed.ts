import type { CycleRequest } from "../../src/cycle.ts";
import type { FaultCounts } from "./faults/counts.ts";
import { drawFaults } from "./faults/plan.ts";
import { Approvals } from "./invariants/approvals.ts";
import { lacking } from "./invariants/i02-converges.ts";
import { keepingAccess } from "./invariants/i03-no-access-kept.ts";
import { wrongMembers } from "./invariants/i04-members.ts";
import { invariants } from "./invariants/index.ts";
import { Knowledge } from "./invariants/knowledge.ts";
import { KnownOwners } from "./invariants/ownership.ts";
import { Admin } from "./world/admin.ts";
import { readAudit } from "./world/audit.ts";
import { enter, leave, register } from "./world/definitions.ts";
import { watchDisks } from "./world/disk.ts";
import { Story } from "./world/story.ts";
import { Tampering } from "./world/tampering.ts";
import { World } from "./world/world.ts";

const minute = 60_000;
const hour = 60 * minute;

/** So many cycles the product has, once the faults have stopped. */
const mostCalmCycles = 8;

export interface Violation {
  readonly seed: number;
  readonly invariant: string;
  readonly sentence: string;
  readonly how: string;
  readonly trace: readonly string[];
}

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
  const world = new World(seed, loud);
  enter(world);
  try {
    return await tell(world);
  } finally {
    leave(world);
    world.end();
  }
}

async function tell(world: World): Promise<SeedResult> {
  const owners = new KnownOwners(world);
  const violations = new Map<string, Violation>();
  const counts = { cycles: 0, writes: 0 };
  world.watch((event) => {
    owners.hear(event);
    if (event.type === "cycle begins") counts.cycles += 1;
    if (event.type === "effect") counts.writes += 1;
  });
  const knowledge = new Knowledge(world);
  const approvals = new Approvals(world);
  world.watch((event) => {
    if (event.type === "state restored") knowledge.forget();
    knowledge.hear(event);
    approvals.hear(event);
  });
  for (const { id, sentence, watch } of invariants) {
    const broken = (how: string) => {
      world.trace.note(`VIOLATION of ${id}: ${how}`);
      if (!violations.has(id))
        violations.set(id, { seed: world.seed, invariant: id, sentence, how, trace: world.trace.last(80) });
    };
    world.watch(watch({ world, owners, knowledge, approvals, broken }));
  }
  const story = new Story(world);
  const admin = new Admin(world);
  story.begin();
  await withFaults(world, story, admin);
  world.tell({ type: "faults stop" });
  story.reveal();
  admin.makeWay((id) => owners.owner(id) !== undefined);
  const converged = await calm(world, admin, world.faults.of("restored backup of the whole state") > 0, () =>
    [lacking(world, owners), keepingAccess(world, owners), wrongMembers(world, owners)].every(
      (list) => list.length === 0,
    ),
  );
  world.tell({ type: "calm", converged });
  world.tell({ type: "audit", ...readAudit(world) });
  return {
    seed: world.seed,
    violations: [...violations.values()],
    faults: world.faults.all,
    reachedApply: counts.writes > 0,
    ...counts,
    digest: world.trace.digest(),
  };
}

/** Cycle after cycle, each with what goes wrong in it; between them the directory changes, time passes, and the admin looks. */
async function withFaults(world: World, story: Story, admin: Admin): Promise<void> {
  const tampering = new Tampering(world);
  try {
    await cyclesWithFaults(world, story, admin, tampering);
  } finally {
    tampering.end();
  }
}

async function cyclesWithFaults(
  world: World,
  story: Story,
  admin: Admin,
  tampering: Tampering,
): Promise<void> {
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
  return { purpose: "sync", trigger: "schedule", full: dice > 0.9 };
}

/** Nothing goes wrong any more, and the admin approves what is true; the cycles until everything is as it should be. */
async function calm(
  world: World,
  admin: Admin,
  wasRestored: boolean,
  isRight: () => boolean,
): Promise<boolean> {
  for (let n = 0; n < mostCalmCycles; n++) {
    world.timeline.pass(n < 2 ? 40 * minute : 25 * hour);
    const end = await world.run({ purpose: "sync", trigger: "schedule" });
    if (end.type === "report" && wasRestored) admin.actOn(end.report);
    if (isRight()) return true;
    admin.approveWhatIsTrue();
  }
  return isRight();
}
