import { hash } from "node:crypto";
import { calmDown } from "./calm.ts";
import { Checker, type Violation } from "./checker.ts";
import type { FaultName } from "./faults/counts.ts";
import { type CycleFaults, crashPoints, noFaults, type StoreFault } from "./faults/plan.ts";
import type { SeedResult } from "./run-seed.ts";
import { Admin } from "./world/admin.ts";
import { enter, leave } from "./world/definitions.ts";
import { migratedState } from "./world/migrated-state.ts";
import { Story } from "./world/story.ts";
import { World } from "./world/world.ts";

const sentence = "wherever a cycle is cut off, the target ends up as if it had not been";

/** Within so many cycles the target has to be as if nothing had been cut off, without the help of the daily read of everything. */
const soonCycles = 4;

/** How many points lie between two that are cut off: each costs a world of its own. */
interface Strides {
  readonly crash: number;
  readonly store: number;
}

/** Ways in which a call of the store fails, each at every so many calls. */
const storeFaults: readonly StoreFault[] = ["disk error", "disk full", "store busy"];

/** Every single crash, and every ninth call of the store in one of its ways. */
export const whole: Strides = { crash: 1, store: 27 };

/** The same story at some points only; which ones depends on the seed. */
export const thin: Strides = { crash: 25, store: 200 };

/**
 * Instead of faults by chance, one at every single point: the same small story is told again and again, one cycle of it cut off at the first,
 * second, third ... commit or call, until a run comes through whole. However it was cut off, the target has to end up the same.
 */
export async function sweep(seed: number, strides: Strides): Promise<SeedResult> {
  const uncut = await once(seed, noFaults);
  const all: Told[] = [uncut];
  const nth = seed / 50;
  for (const point of crashPoints)
    await untilWhole(all, nth, strides.crash, (at) =>
      once(seed, { network: 0, crash: { point, nth: at, power: at % 2 === 0 } }),
    );
  for (const [index, fault] of storeFaults.entries())
    await untilWhole(all, nth + (index * strides.store) / storeFaults.length, strides.store, (at) =>
      once(seed, { network: 0, store: { fault, nth: at } }),
    );
  const different = all.find((told) => told.shape !== uncut.shape);
  const violations = new Map<string, Violation>();
  for (const each of all.flatMap((told) => told.violations)) violations.set(each.invariant, each);
  if (different !== undefined) {
    const how = `the target holds ${different.shape} instead of ${uncut.shape}`;
    violations.set("I11", { seed, invariant: "I11", sentence, how, trace: different.trace });
  }
  return {
    seed,
    violations: [...violations.values()],
    faults: sum(all.map((told) => told.faults)),
    reachedApply: uncut.writes > 0,
    cycles: all.reduce((total, { cycles }) => total + cycles, 0),
    writes: all.reduce((total, { writes }) => total + writes, 0),
    digest: hash("sha256", all.map((told) => told.digest).join()),
  };
}

interface Told {
  readonly violations: readonly Violation[];
  readonly faults: SeedResult["faults"];
  readonly cycles: number;
  readonly writes: number;
  readonly digest: string;
  readonly trace: readonly string[];
  /** What the target holds at the end, without the ids that it gave. */
  readonly shape: string;
}

/** Cuts off at every so many points, from the first ones on, until nothing is left to be cut off. */
async function untilWhole(
  all: Told[],
  nth: number,
  stride: number,
  tell: (at: number) => Promise<Told>,
): Promise<void> {
  for (let at = 1 + (Math.floor(nth) % stride); ; at += stride) {
    const told = await tell(at);
    all.push(told);
    if (Object.keys(told.faults).length === 0) return;
  }
}

async function once(seed: number, faults: CycleFaults): Promise<Told> {
  const world = new World(seed);
  // Every other whole sweep also cuts off how a state comes into being.
  if (seed % 1000 !== 0) migratedState(world.folder);
  world.edit({ limits: { ...world.settings.limits, neverHoldBelow: 1_000 } });
  enter(world);
  try {
    const checker = new Checker(world);
    const story = new Story(world);
    story.begin();
    // In every other sweep it is the very first cycle that is cut off.
    if (seed % 100 === 0) {
      await world.run({ purpose: "sync", trigger: "schedule" });
      for (let n = 0; n < 3; n++) story.continue();
      story.reveal();
    }
    const before = world.faults.all;
    await world.run({ purpose: "sync", trigger: "schedule" }, faults);
    const struck = less(world.faults.all, before);
    const admin = new Admin(world);
    for (let n = 0; n < soonCycles; n++) {
      world.timeline.pass(40 * 60_000);
      await world.run({ purpose: "sync", trigger: "schedule" });
      admin.approveWhatIsTrue();
    }
    const shape = shapeOf(world);
    await calmDown(world, admin, checker);
    const { violations, counts } = checker;
    const { trace } = world;
    return {
      violations,
      faults: struck,
      ...counts,
      digest: trace.digest(),
      trace: trace.last(80),
      shape,
    };
  } finally {
    leave(world);
    world.end();
  }
}

/** What the network or the story did strikes in every telling; only what cut the cycle off counts. */
function less(after: SeedResult["faults"], before: SeedResult["faults"]): SeedResult["faults"] {
  const cut = Object.entries(after).filter(
    ([name, count]) =>
      /^(crash|power|disk|store busy)/.test(name) && count > (before[name as FaultName] ?? 0),
  );
  return Object.fromEntries(cut);
}

function sum(all: readonly SeedResult["faults"][]): SeedResult["faults"] {
  const total = new Map<string, number>();
  for (const each of all)
    for (const [name, count] of Object.entries(each)) total.set(name, (total.get(name) ?? 0) + count);
  return Object.fromEntries(total);
}

function shapeOf({ application }: World): string {
  const users = application.all("user");
  const nameOf = new Map(users.map(({ id, resource }) => [id, String(resource["userName"])]));
  const people = users.map(({ resource }) =>
    [
      resource["userName"],
      resource["externalId"],
      resource["displayName"],
      resource["title"],
      resource["active"],
    ].join("/"),
  );
  const groups = application.all("group").map(
    ({ resource, members }) =>
      `${resource["displayName"]}: ${members
        .map((id) => nameOf.get(id))
        .sort()
        .join(" ")}`,
  );
  return [...people.sort(), ...groups.sort()].join("; ");
}
