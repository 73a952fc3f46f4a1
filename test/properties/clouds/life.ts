import type { Limits, Policy } from "../../../src/config/config.ts";
import type { CycleRequest } from "../../../src/cycle.ts";
import type { CompiledMapping } from "../../../src/mapping/compile.ts";
import type { Source } from "../../../src/sources/source.ts";
import type { Report } from "../../../src/sync/report.ts";
import { Chance } from "./chance.ts";
import { Company, type Happening } from "./company.ts";
import { House } from "./house.ts";
import { Plot } from "./plot.ts";
import { Steady } from "./steady.ts";
import { differences, type Wish } from "./truth.ts";
import type { Vendor } from "./vendor.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const usual = { deactivations: 0.05, deletions: 0.05, memberRemovals: 0.1, identifierChanges: 0.05 };
const defaults: Limits = {
  ...usual,
  clearedValues: 0.1,
  creations: 0.5,
  neverHoldBelow: 10,
  windowMs: 24 * HOUR_MS,
};

/** One life of a company under one directory, from its first day to the day when everything is compared. */
export class Life {
  readonly story: string[] = [];
  readonly #vendor: Vendor;
  readonly #chance: Chance;
  readonly #company = new Company();
  readonly #plot: Plot;
  readonly #house: House;
  readonly #steady: Steady;
  readonly #wish: Wish;
  readonly #recycling: boolean;

  constructor(
    seed: number,
    with_: { readonly vendor: Vendor; readonly mapping: CompiledMapping; readonly template: string },
  ) {
    const chance = new Chance(seed);
    const { vendor } = with_;
    this.#vendor = vendor;
    this.#chance = chance;
    vendor.clock.leap();
    this.story.push(vendor.begin(chance));
    this.#wish = {
      nested: chance.pick(["flatten", "flatten", "direct"]),
      whenDeleted: chance.pick(["deactivate", "deactivate", "delete"]),
      removedGroups: chance.pick(["keep", "delete"]),
    };
    const tight = chance.happens(0.25);
    this.#recycling = chance.happens(0.2);
    this.story.push(JSON.stringify({ ...this.#wish, tight, recycling: this.#recycling }));
    this.#plot = new Plot(this.#company, chance, vendor.customs, { recycling: this.#recycling });
    this.#steady = new Steady(this.#company, vendor, this.#wish);
    this.#house = new House({
      ...with_,
      policy: policyOf(this.#wish),
      limits: tight ? defaults : { ...defaults, neverHoldBelow: 10_000 },
    });
  }

  /** Everything in which the target differs in the end, or was worse than it had to be before; nothing when all is well. */
  async live(source: Source): Promise<readonly string[]> {
    try {
      for (const happening of this.#plot.beginning()) this.#happen(happening);
      const rounds = 2 + this.#chance.below(3);
      for (let round = 0; round < rounds; round++) {
        const lost = await this.#round(source);
        if (lost.length > 0) return lost;
      }
      return await this.#silence(source);
    } finally {
      await this.#house.end();
    }
  }

  async #round(source: Source): Promise<readonly string[]> {
    const chance = this.#chance;
    // Sometimes all of it, the read too, lies within one second: the dates of some directories know nothing shorter.
    const isHasty = chance.happens(0.3);
    for (let left = 1 + chance.below(9); left > 0; left--) {
      this.#happen(this.#plot.next());
      this.#vendor.clock.pass(chance.below(isHasty ? 50 : 5_000));
    }
    for (const trouble of chance.happens(0.75) ? this.#vendor.trouble() : [])
      this.story.push(`  (${trouble})`);
    const stop = new AbortController();
    this.#interrupt(stop);
    await this.#cycle(source, this.#request(), stop.signal);
    this.#vendor.heard = () => {};
    this.#vendor.calm();
    const lost = this.#steady.look(this.#house.book());
    if (this.#recycling || chance.happens(0.5)) this.#house.approve();
    if (chance.happens(0.15)) await this.#house.restart();
    this.#vendor.clock.pass(isHasty ? chance.below(300) : this.#pause());
    return lost;
  }

  /** Perhaps something happens while the directory is read: to it, or to the reader. */
  #interrupt(stop: AbortController): void {
    const chance = this.#chance;
    if (!chance.happens(0.35)) return;
    let before = chance.below(5);
    const what = chance.pick(["happens", "happens", "happens", "stops", "dies"]);
    this.#vendor.heard = () => {
      if (before-- !== 0) return;
      this.story.push(`  (while it is read: ${what})`);
      if (what === "stops") stop.abort();
      else if (what === "dies") this.#house.die();
      else for (let left = 1 + chance.below(3); left > 0; left--) this.#happen(this.#plot.next());
    };
  }

  /** Most cycles are those of the clock; some an admin asks for. */
  #request(): Partial<CycleRequest> {
    const chance = this.#chance;
    const dice = chance.number();
    if (dice < 0.1) return { full: true };
    if (dice < 0.16) return { purpose: "plan" };
    const known = [...this.#company.people.values()].filter(({ at }) => at === "here");
    const somebody = dice < 0.22 ? chance.one(known) : undefined;
    return somebody === undefined ? {} : { user: this.#vendor.idOf(somebody.key) };
  }

  #pause(): number {
    const chance = this.#chance;
    // Mostly as short as what lags behind, so that cycles meet the directory half way.
    const minutes = chance.pick([1, 3, 5, 10, 2 * 60, 10 * 24 * 60]);
    return chance.below(minutes * MINUTE_MS);
  }

  /** Nothing happens any more; what can be known is known after a few cycles, and then everything must be right. */
  async #silence(source: Source): Promise<readonly string[]> {
    const { clock, longestLagMs } = this.#vendor;
    clock.pass(longestLagMs);
    if (this.#vendor.hasSecrets || this.#chance.happens(0.2)) clock.pass(25 * HOUR_MS);
    this.story.push("silence");
    let last: Report | undefined;
    for (let cycles = 0; cycles < 6; cycles++) {
      last = await this.#cycle(source, {}, new AbortController().signal);
      const lost = this.#steady.look(this.#house.book());
      if (lost.length > 0) return lost;
      this.#house.approve();
      if (isQuiet(last)) break;
      clock.pass(cycles < 2 ? 40 * MINUTE_MS : 25 * HOUR_MS);
    }
    const wrong = differences(this.#company, this.#house.book(), this.#vendor, this.#wish);
    const { outcome, failures, holds, problem } = last ?? {};
    if (isQuiet(last) && outcome === "done") return wrong;
    return [
      ...wrong,
      `no quiet cycle: ${JSON.stringify({ outcome, problem, failures, holds, applied: last?.applied })}`,
    ];
  }

  async #cycle(
    source: Source,
    request: Partial<CycleRequest>,
    signal: AbortSignal,
  ): Promise<Report | undefined> {
    const report = await this.#house.cycle(source, request, signal);
    this.story.push(
      `cycle ${JSON.stringify(request)}: ${report === undefined ? "died, or knew nobody" : summary(report)}`,
    );
    return report;
  }

  #happen(happening: Happening): void {
    this.story.push(JSON.stringify(happening));
    this.#vendor.play(happening, this.#company);
    this.#company.happen(happening);
    this.#steady.happened();
  }
}

/** Nothing was left to do. */
function isQuiet(report: Report | undefined): boolean {
  return report?.outcome === "done" && Object.keys(report.applied).length === 0;
}

function summary({ outcome, read, applied, failures, holds, problem }: Report): string {
  const parts = [
    outcome,
    read === undefined ? "" : `${read.type} read of ${read.users}+${read.groups}`,
    JSON.stringify(applied),
    ...failures.map((each) => `${each.action} ${each.label}: ${each.message}`),
    ...holds.map((hold) => `held: ${hold.message}`),
    problem?.message ?? "",
  ];
  return parts.filter((part) => part !== "").join("; ");
}

function policyOf({ nested, whenDeleted, removedGroups }: Wish): Policy {
  return {
    existingAccounts: "review",
    newUsers: "active",
    whenDisabled: "deactivate",
    whenOutOfScope: "deactivate",
    whenDeleted,
    deleteAfterMs: undefined,
    rewriteExternalId: false,
    groups: { push: true, nested, removed: removedGroups },
  };
}
