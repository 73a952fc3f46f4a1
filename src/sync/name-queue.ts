import pLimit from "p-limit";
import type { ItemError } from "../errors.ts";
import type { Kind } from "../scim/resource.ts";
import type { Reach } from "../store/pending.ts";
import type { WideRow } from "../store/rows.ts";
import { actionOf } from "./action.ts";
import { dispatch, type Planned } from "./dispatch.ts";
import { everyOne } from "./every-one.ts";
import { givesUp, type NameConflict, nameConflicts, nameOf, ringOf } from "./name-conflicts.ts";
import { prepareStepAside, prepareStepBack } from "./name-detour.ts";
import { type Holding, wantedAt, whoHolds } from "./name-holder.ts";
import { notFree, stillHeld } from "./name-words.ts";
import { attempt, type Preparation } from "./preparation.ts";
import { prepare } from "./prepare.ts";
import { SecondTries } from "./second-tries.ts";
import { fail } from "./set-aside.ts";
import type { Streak } from "./streak.ts";
import type { Tally } from "./tally.ts";
import type { Work } from "./work.ts";

/** After so many refusals of a name that nobody seems to hold, it is looked for everywhere, and then given up for this run. */
const mostRefusals = 2;

/** So often a name is asked for in one run, whatever the target shows meanwhile: it may show something of the past. */
const mostTries = 4;

/** Somebody of ours who waits for a name. */
interface Wait {
  readonly kind: Kind;
  /** The one of ours who has to give it up first, and where; undefined while nobody is known to hold it. */
  readonly holder?: number;
  readonly path?: string;
  /** The target's own word; undefined while it is only expected to refuse. */
  readonly refusal?: ItemError;
  readonly wasLookedUp: boolean;
}

/**
 * Who waits for a name that another of ours still holds: a chain goes from its end, a ring through a temporary name, which the audit trail
 * shows. A service tells by 409 that a name is taken (RFC 7644 3.12); who holds it is then looked up. One for each round of an apply.
 *
 *     ann -> ben's name, ben -> cleo's, cleo -> a free one:    cleo, ben, ann
 *     ann -> ben's name, ben -> ann's:                         ann steps aside, ben, ann
 */
export class NameQueue {
  readonly #work: Work;
  readonly #tally: Tally;
  readonly #reach: Reach;
  readonly #expected = new Map<Kind, ReadonlyMap<number, NameConflict>>();
  readonly #waits = new Map<number, Wait>();
  readonly #refusals = new Map<number, number>();
  /** Who goes under a temporary name now. */
  readonly #aside = new Set<number>();
  readonly #inVain: { readonly row: WideRow; readonly holding: Holding; readonly refusal: ItemError }[] = [];

  constructor(work: Work, tally: Tally, reach: Reach) {
    this.#work = work;
    this.#tally = tally;
    this.#reach = reach;
    tally.forgetNameWaits();
  }

  /** True when this row has to wait for another of ours: it comes again at the end of its phase. */
  holdsBack(row: WideRow): boolean {
    const conflict = this.#conflicts(row.kind).get(row.id);
    // Nobody's access waits for a name.
    if (conflict === undefined || actionOf(row) === "deactivate") return false;
    const { holder, path } = conflict;
    this.#waits.set(row.id, { kind: row.kind, holder, path, wasLookedUp: false });
    return true;
  }

  /** A call was refused. True when that is because of a name: then the row comes again at the end of its phase. */
  isRefused(row: WideRow, refusal: ItemError): boolean {
    if (refusal.code !== "uniqueness") return false;
    this.#refusals.set(row.id, (this.#refusals.get(row.id) ?? 0) + 1);
    this.#waits.set(row.id, { kind: row.kind, refusal, wasLookedUp: false });
    return true;
  }

  /** Gives everybody of a kind who waits their name, in the order in which the names become free; says who cannot have theirs, and why. */
  async settle(kind: Kind, streak: Streak): Promise<void> {
    const putOff = (row: WideRow, refusal: ItemError) => this.isRefused(row, refusal);
    const second = new SecondTries();
    const given: Preparation = { work: this.#work, tally: this.#tally, streak, putOff, second };
    for (;;) {
      this.#leaveToLook(kind);
      if (this.#of(kind).length === 0) break;
      this.#work.signal.throwIfAborted();
      await streak.endIfOver();
      await this.#lookUp(
        given,
        this.#of(kind, (wait) => wait.refusal !== undefined && !wait.wasLookedUp),
      );
      const free = this.#of(kind, (wait, id) => !this.#isHeld(id, wait));
      if (free.length > 0) await this.#send(given, free);
      else if (!(await this.#breakRing(given, kind))) {
        // What was only expected may be wrong: somebody may have changed a name by hand.
        const unseen = this.#of(kind, (wait) => !wait.wasLookedUp);
        if (unseen.length === 0) break;
        await this.#lookUp(given, unseen);
      }
    }
    await this.#stepBack(given, kind);
    this.#tell(kind);
  }

  #of(kind: Kind, which: (wait: Wait, id: number) => boolean = () => true): number[] {
    return [...this.#waits].filter(([id, wait]) => wait.kind === kind && which(wait, id)).map(([id]) => id);
  }

  /** Whose last call got no answer is looked at first, in a later round. */
  #leaveToLook(kind: Kind): void {
    for (const id of this.#of(kind))
      if (this.#work.store.pending.row(id)?.doubt !== null) this.#waits.delete(id);
  }

  #conflicts(kind: Kind): ReadonlyMap<number, NameConflict> {
    const known = this.#expected.get(kind) ?? nameConflicts(this.#work, kind, this.#reach);
    this.#expected.set(kind, known);
    return known;
  }

  /** Whether the one who has to give the name up did not do so yet. */
  #isHeld(id: number, { holder, path }: Wait): boolean {
    if (holder === undefined || path === undefined || this.#aside.has(holder)) return false;
    const [row, other] = [this.#work.store.pending.row(id), this.#work.store.pending.row(holder)];
    const value = row === undefined ? undefined : wantedAt(row, path);
    if (value === undefined || other === undefined) return false;
    return this.#waits.has(holder) || other.doubt !== null || givesUp(other, path, value);
  }

  async #lookUp(given: Preparation, ids: readonly number[]): Promise<void> {
    const limit = pLimit(this.#work.target.capabilities.concurrency);
    await everyOne(ids, limit, (id) => this.#lookUpOne(given, id));
  }

  async #lookUpOne(given: Preparation, id: number): Promise<void> {
    const row = this.#work.store.pending.row(id);
    const wait = this.#waits.get(id);
    if (row === undefined || wait === undefined) return;
    const refusals = this.#refusals.get(id) ?? 0;
    const everywhere = refusals >= mostRefusals;
    const holding = await attempt(given, row, () => whoHolds(this.#work, row, { everywhere }));
    // A target that does not answer says nothing about this one.
    if (holding === undefined && !this.#tally.isSetAside(id) && given.streak.isOver) return;
    this.#waits.delete(id);
    if (holding === undefined) return;
    const { kind, refusal } = wait;
    if (holding.type === "pending" && refusals < mostTries) {
      const { holder, path } = holding;
      this.#waits.set(id, { ...wait, holder: holder.id, path, wasLookedUp: true });
    } else if (refusal === undefined || (holding.type === "nobody" && !everywhere)) {
      // Free, as far as we see, or not refused yet: the target has the word.
      this.#waits.set(id, { kind, ...(refusal === undefined ? {} : { refusal }), wasLookedUp: true });
    } else this.#inVain.push({ row, holding, refusal });
  }

  /** Sends what can be sent now; who is refused because of a name is back in the queue afterwards. */
  async #send(given: Preparation, ids: readonly number[]): Promise<void> {
    const limit = pLimit(this.#work.target.capabilities.concurrency);
    const rows = ids.map((id) => this.#work.store.pending.row(id)).filter((row) => row !== undefined);
    const before = new Map(ids.map((id) => [id, this.#waits.get(id)]));
    for (const id of ids) this.#waits.delete(id);
    const planned = await everyOne(rows, limit, async (row) => {
      const wait = before.get(row.id);
      if (given.streak.isOver && wait !== undefined) this.#waits.set(row.id, wait);
      return prepare(given, row);
    });
    await this.#dispatch(
      given,
      planned.filter((each) => each !== undefined),
    );
    for (const id of given.second.take()) {
      const wait = before.get(id);
      if (wait !== undefined) this.#waits.set(id, { kind: wait.kind, wasLookedUp: true });
    }
  }

  /** One of a ring steps aside, if the target insists; false when there is no ring. Always the same one, also after a crash. */
  async #breakRing(given: Preparation, kind: Kind): Promise<boolean> {
    const [ring] = this.#of(kind)
      .map((id) => ringOf(this.#waits, id))
      .filter((found) => found !== undefined);
    if (ring === undefined) return false;
    const linked = ring.filter((id) => this.#work.store.pending.row(id)?.targetId !== null);
    const first = Math.min(...(linked.length > 0 ? linked : ring));
    const { refusal, path } = this.#waits.get(first) ?? {};
    const { enforcesUniqueness } = this.#work.target.capabilities;
    if (path === undefined || (refusal === undefined && !(enforcesUniqueness && path === nameOf(kind)))) {
      await this.#send(given, [first]);
      return true;
    }
    const row = this.#work.store.pending.row(first);
    const planned = row === undefined ? undefined : await prepareStepAside(given, row, path);
    if (planned === "there") this.#aside.add(first);
    else if (planned !== undefined) {
      const send = async () => {
        const settled = await planned.send();
        this.#aside.add(first);
        return settled;
      };
      await this.#dispatch(given, [{ ...planned, send }]);
    }
    if (!this.#aside.has(first) && !given.second.take().includes(first)) this.#waits.delete(first);
    return true;
  }

  async #dispatch({ work, tally, streak }: Preparation, window: readonly Planned[]): Promise<void> {
    if (window.length === 0) return;
    await dispatch(work, window, pLimit(work.target.capabilities.concurrency), tally, streak);
    work.progress({ step: "apply", done: tally.total });
  }

  /** Nobody is left under a temporary name when the new one cannot be had. */
  async #stepBack(given: Preparation, kind: Kind): Promise<void> {
    const ids = new Set([...this.#aside, ...this.#of(kind), ...this.#inVain.map(({ row }) => row.id)]);
    const rows = [...ids]
      .map((id) => this.#work.store.pending.row(id))
      .filter((row) => row !== undefined && row.kind === kind && row.targetId !== null && row.doubt === null)
      .filter((row) => row !== undefined);
    const limit = pLimit(this.#work.target.capabilities.concurrency);
    const planned = await everyOne(rows, limit, (row) => prepareStepBack(given, row));
    await this.#dispatch(
      given,
      planned.filter((each) => each !== undefined),
    );
    for (const { id } of rows) this.#aside.delete(id);
  }

  /** Who waits, and for whom; and who waits in vain. */
  #tell(kind: Kind): void {
    const { store } = this.#work;
    for (const id of this.#of(kind)) {
      const row = store.pending.row(id);
      const { holder: of, path } = this.#waits.get(id) ?? {};
      const holder = of === undefined ? undefined : store.pending.row(of);
      this.#waits.delete(id);
      if (row === undefined || holder === undefined || path === undefined) continue;
      const { label, sourceId } = row;
      const isFailing = this.#tally.isSetAside(holder.id);
      this.#tally.waitForName({ kind, label, sourceId, message: stillHeld(holder, path, isFailing) });
    }
    for (const { row, holding, refusal } of this.#inVain.splice(0)) {
      const isNew = row.targetId === null && row.matchId === null && holding.type === "foreign";
      // Whoever appeared since the last look may be theirs: that is for the match to say.
      if (isNew) store.matches.record(0, [{ id: row.id, targetId: null, by: null, note: null }]);
      const code = isNew ? "collision" : "uniqueness";
      this.#tally.refuse(refusal);
      fail(this.#work, row, actionOf(row), code, notFree(row, holding, refusal), this.#tally);
    }
  }
}
