import { cpSync, existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import Database from "better-sqlite3";
import type { Random } from "../random.ts";
import type { Refusal } from "./events.ts";
import type { World } from "./world.ts";

/** What people do to the state folder while nothing runs: they put backups back, mix up files, and name another application. */
export class Tampering {
  readonly #world: World;
  readonly #random: Random;
  readonly #kept: string;
  #keptAt: number | undefined;

  constructor(world: World) {
    this.#world = world;
    this.#random = world.random.tampering;
    this.#kept = mkdtempSync(
      join(existsSync(dirname(world.folder)) ? dirname(world.folder) : tmpdir(), "rollcall-backup-"),
    );
  }

  /** Now and then somebody makes a backup; seldom, somebody does something with it. */
  async perhaps(): Promise<void> {
    const dice = this.#random.next();
    if (dice < 0.2) this.#keep();
    else if (dice < 0.24) await this.#putSnapshotBack();
    else if (dice < 0.27) this.#putEverythingBack();
    else if (dice < 0.29) await this.#foreignSnapshot();
    else if (dice < 0.31) await this.#otherApplication();
  }

  end(): void {
    rmSync(this.#kept, { recursive: true, force: true });
  }

  get #snapshot(): string {
    return join(this.#world.folder, "staff.db");
  }

  #keep(): void {
    if (!existsSync(this.#snapshot)) return;
    copy(this.#world.folder, this.#kept);
    this.#keptAt = this.#world.finishedReads;
    this.#world.tell({ type: "state kept" });
  }

  /** An older snapshot beside newer claims: the product notices, and the newest is put back. */
  async #putSnapshotBack(): Promise<void> {
    if (this.#keptAt === undefined || this.#keptAt === this.#world.finishedReads) return;
    this.#world.faults.strike("restored backup of the snapshot");
    await this.#instead(() => cpSync(join(this.#kept, "staff.db"), this.#snapshot), {
      invariant: "I12",
      why: "an older snapshot was put back",
    });
  }

  /**
   * The whole folder as it was: nothing in it tells that it is old. Who was made meanwhile is found again by their external id; a target that
   * cannot be asked for it finds nobody who was renamed since, and no product could.
   */
  #putEverythingBack(): void {
    const { filter } = this.#world.settings.target.capabilities;
    if (this.#keptAt === undefined || !filter.user.includes("externalId")) return;
    this.#world.faults.strike("restored backup of the whole state");
    this.#world.trace.note("the whole state is put back as it was");
    copy(this.#kept, this.#world.folder);
    // It takes a person longer than the target's look-ups lag.
    this.#world.timeline.pass(this.#world.settings.target.capabilities.settleMs);
    this.#world.finishedReads = this.#keptAt;
    this.#world.tell({ type: "state restored" });
  }

  /** A snapshot of the same name and age, but of another installation. */
  async #foreignSnapshot(): Promise<void> {
    if (this.#world.finishedReads === 0) return;
    this.#world.faults.strike("foreign snapshot");
    const foreign = () => {
      cpSync(`${this.#snapshot}.aside`, this.#snapshot);
      const db = new Database(this.#snapshot);
      db.exec("update meta set value = 'of another installation' where key = 'lineage'");
      db.close();
    };
    await this.#instead(foreign, { invariant: "I24", why: "the snapshot is another one" });
  }

  async #otherApplication(): Promise<void> {
    if (!existsSync(this.#snapshot) || this.#world.finishedReads === 0) return;
    this.#world.faults.strike("another application");
    this.#world.applicationName = "another application";
    await this.#refused({ invariant: "I24", why: "the configuration names another application" });
    this.#world.applicationName = "application";
  }

  /** Another snapshot for one cycle. */
  async #instead(put: () => void, refusal: Refusal): Promise<void> {
    const aside = `${this.#snapshot}.aside`;
    renameSync(this.#snapshot, aside);
    put();
    await this.#refused(refusal);
    for (const end of ["", "-wal", "-shm"]) rmSync(`${this.#snapshot}${end}`, { force: true });
    renameSync(aside, this.#snapshot);
  }

  async #refused(refusal: Refusal): Promise<void> {
    this.#world.trace.note(refusal.why);
    this.#world.mustRefuse = refusal;
    await this.#world.run({ purpose: "sync", trigger: "schedule" });
    this.#world.mustRefuse = undefined;
  }
}

function copy(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  cpSync(from, to, { recursive: true });
}
