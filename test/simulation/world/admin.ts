import { approve } from "../../../src/commands/held-approve.ts";
import { connectionNamed, lockConnection, openStore } from "../../../src/connection.ts";
import type { Random } from "../random.ts";
import { unwatched } from "./disk.ts";
import type { HeldNow } from "./events.ts";
import { heldNow } from "./held.ts";
import type { World } from "./world.ts";

/** The person who looks at what is held: mostly right, sometimes not. */
export class Admin {
  readonly #world: World;
  readonly #random: Random;

  constructor(world: World) {
    this.#world = world;
    this.#random = world.random.admin;
  }

  /** Looks at what is held, and says yes to some of it: to what is true, and now and then to what is not. */
  look(): void {
    if (!this.#random.chance(0.5)) return;
    this.#decide((held) => {
      if (this.isTrue(held)) return true;
      if (!this.#random.chance(0.05)) return false;
      this.#world.faults.strike("approval of something untrue");
      return true;
    });
  }

  /** Says yes to everything that is true. */
  approveWhatIsTrue(): void {
    this.#decide((held) => this.isTrue(held));
  }

  /** Strangers whose names stand in the way are renamed at the target, by whoever looks after it. */
  makeWay(): void {
    const { application, directory, settings, trace } = this.#world;
    if (settings.policy.existingAccounts === "leave") return;
    for (const { id, resource } of application.all("user")) {
      const name = resource["userName"];
      if (
        resource["externalId"] !== "of-another-system" ||
        !directory.people.some((person) => person.login === name)
      )
        continue;
      trace.note(`admin renames the stranger ${id} at the target`);
      application.byHand(id, { userName: `stranger.${id}@application.example` });
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
      const account = application.get(held.matchId ?? "");
      return account?.resource["externalId"] !== "of-another-system";
    }
    return true;
  }

  /** A hold is answered as a whole: one untrue line, and it waits. */
  #decide(yes: (held: HeldNow) => boolean): void {
    const { config, trace } = this.#world;
    const connection = connectionNamed(config, undefined);
    unwatched(() => {
      const lock = lockConnection(config, connection);
      const clock = { now: () => this.#world.wallAt, sleep: async () => {} };
      const store = openStore(config, connection, clock, { create: true });
      try {
        const lines = heldNow(store);
        for (const hold of store.holds.open()) {
          const listed = lines.filter((line) => line.hold === hold.id);
          if (listed.length === 0 || !listed.every(yes)) continue;
          approve(store, hold, "simulated", clock.now());
          trace.note(`admin approves ${hold.class}: ${listed.map((line) => line.sourceId).join(" ")}`);
          this.#world.tell({
            type: "approved",
            approved: listed,
            at: this.#world.timeline.now,
            wallAt: this.#world.wallAt,
          });
        }
      } finally {
        store.close();
        lock.release();
      }
    });
  }
}
