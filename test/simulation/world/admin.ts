import { join } from "node:path";
import { approveChanges, rejectChanges } from "../../../src/commands/held-answer.ts";
import { changesUnder, type HeldChange } from "../../../src/commands/held-choice.ts";
import { connectionNamed, openStore } from "../../../src/connection.ts";
import { ConfigurationError } from "../../../src/errors.ts";
import { takeLock } from "../../../src/store/lock.ts";
import type { Store } from "../../../src/store/store.ts";
import type { Report } from "../../../src/sync/report.ts";
import type { Random } from "../random.ts";
import { unwatched } from "./disk.ts";
import type { HeldNow } from "./events.ts";
import { heldNow } from "./held.ts";
import type { World } from "./world.ts";

/** The person who looks at what is held: mostly right, sometimes not. */
export class Admin {
  readonly #world: World;
  readonly #random: Random;
  /** Accounts that were given to somebody, also by mistake: account -> person. A person stands by their word. */
  readonly #given = new Map<string, string>();

  constructor(world: World) {
    this.#world = world;
    this.#random = world.random.admin;
  }

  /** Looks at what is held, and says yes to some of it: to what is true, and now and then to what is not; twice, or long before it is used. */
  look(): void {
    if (!this.#random.chance(0.5)) return;
    const { faults, timeline } = this.#world;
    const approved = this.#decide((held) => {
      if (this.isTrue(held)) return true;
      if (!this.#random.chance(0.05)) return false;
      faults.strike("approval of something untrue");
      return true;
    });
    if (approved === 0) return;
    if (this.#random.chance(0.1)) {
      faults.strike("approval twice");
      this.#decide((held) => this.isTrue(held));
    }
    if (this.#random.chance(0.1)) {
      faults.strike("approval long before it is used");
      timeline.pass(75 * 3_600_000);
    }
  }

  /** Changes the rules for everybody while things are under way. */
  edit(): void {
    if (!this.#random.chance(0.05)) return;
    const { settings, trace, faults } = this.#world;
    const { policy, limits } = settings;
    const nested = policy.groups.nested === "flatten" ? "direct" : "flatten";
    const whenOutOfScope = policy.whenOutOfScope === "delete" ? "deactivate" : "delete";
    const change = this.#random.pick([
      { policy: { ...policy, groups: { ...policy.groups, nested } } } as const,
      { policy: { ...policy, whenOutOfScope } } as const,
      { limits: { ...limits, neverHoldBelow: this.#random.pick([1, 10, 1_000]) } },
    ]);
    faults.strike("edited configuration");
    trace.note(`admin edits the configuration: ${JSON.stringify(change)}`);
    this.#world.edit(change);
  }

  /** Says yes to everything that is true. */
  approveWhatIsTrue(): void {
    this.#decide((held) => this.isTrue(held));
  }

  /** Strangers whose names stand in the way are renamed at the target, by whoever looks after it. */
  makeWay(isOurs: (id: string) => boolean): void {
    const { application, directory, settings, trace } = this.#world;
    if (settings.policy.existingAccounts === "leave") return;
    for (const { id, resource } of application.all("user")) {
      const name = resource["userName"];
      if (
        isOurs(id) ||
        resource["externalId"] !== "of-another-system" ||
        !directory.people.some((person) => person.login === name)
      )
        continue;
      trace.note(`admin renames the stranger ${id} at the target`);
      application.byHand(id, { userName: `stranger.${id}@application.example` });
    }
  }

  /**
   * Reads what the product reports of accounts that it does not manage, and switches off by hand whoever is to have no access: after an older
   * state was put back, nothing proves any more that they are the product's.
   */
  actOn({ reconcile }: Report): void {
    if (reconcile === undefined) return;
    const { application, directory, trace } = this.#world;
    const named = new Set(
      reconcile.examples.filter((each) => each.type === "kept-access").map((each) => each.theirs),
    );
    for (const { id, resource } of application.all("user")) {
      const person = directory.person(String(resource["externalId"]));
      const isOff = person !== undefined && (person.gone || !person.enabled || !person.inside);
      if (!isOff || resource["active"] === false) continue;
      if (!named.has(id) && reconcile.users.unmanaged === 0) continue;
      trace.note(`admin switches ${id} off at the target`);
      application.byHand(id, { active: false });
    }
  }

  /** Whether what a hold lists is so in the directory; what the admin would find out by asking around. */
  isTrue(held: HeldNow): boolean {
    const { directory, application } = this.#world;
    if (held.kind === "group") {
      const group = directory.group(held.sourceId);
      return held.class === "adoptions"
        ? true
        : group === undefined || group.gone || held.class !== "not-visible";
    }
    const person = directory.person(held.sourceId);
    if (person === undefined) return true;
    const off = person.gone || !person.enabled || !person.inside;
    if (held.class === "not-visible") return person.gone;
    if (held.class === "deactivations" || held.class === "deletions") return off;
    if (held.class === "adoptions") {
      if (this.#given.get(held.matchId ?? "") === held.sourceId) return true;
      const account = application.get(held.matchId ?? "");
      const named = account?.resource["externalId"];
      if (named === undefined || named === held.sourceId) return true;
      // Nobody's any more: the name was recycled.
      const former = directory.person(String(named));
      return former !== undefined && (former.gone || !former.inside);
    }
    return true;
  }

  #decide(yes: (held: HeldNow) => boolean): number {
    return unwatched(() => {
      const { config, wallAt } = this.#world;
      const connection = connectionNamed(config, undefined);
      const lock = takeLock(join(config.state, `${connection.name}.lock`), connection.name);
      let store: Store | undefined;
      try {
        const clock = { now: () => wallAt, sleep: async () => {} };
        store = openStore(config, connection, clock, { create: true });
        return this.#answer(store, yes);
      } catch (error) {
        // A state that the product refuses holds nothing that could be approved.
        if (error instanceof ConfigurationError) return 0;
        throw error;
      } finally {
        store?.close();
        lock.release();
      }
    });
  }

  /** Line by line; before the first run, which waits for an answer to everything, what is not so is refused. Returns how many holds were answered. */
  #answer(store: Store, yes: (held: HeldNow) => boolean): number {
    const { timeline, trace, wallAt } = this.#world;
    const by = { actor: "admin", reason: "simulated", at: wallAt };
    const isFirst = store.meta.get("started") === undefined;
    const lines = heldNow(store);
    let approved = 0;
    for (const hold of store.holds.open()) {
      const listed = lines.filter((line) => line.hold === hold.id);
      const said = listed.map(yes);
      const changes = changesUnder(store, hold);
      const of = (word: boolean) => changes.filter((_: HeldChange, at) => said[at] === word);
      if (isFirst && hold.class === "adoptions" && of(false).length > 0) {
        rejectChanges(store, of(false), by);
        trace.note(
          `admin rejects ${hold.class}: ${of(false)
            .map((each) => each.sourceId)
            .join(" ")}`,
        );
      }
      const good = listed.filter((_, at) => said[at] === true);
      if (good.length === 0) continue;
      approveChanges(store, of(true), by);
      approved += 1;
      for (const { matchId, sourceId } of good)
        if (hold.class === "adoptions" && matchId !== undefined) this.#given.set(matchId, sourceId);
      trace.note(`admin approves ${hold.class}: ${good.map((line) => line.sourceId).join(" ")}`);
      this.#world.tell({ type: "approved", approved: good, at: timeline.now, wallAt });
    }
    return approved;
  }
}
