import pLimit from "p-limit";
import type { ItemError } from "../errors.ts";
import type { Phase, Reach } from "../store/pending.ts";
import type { WideRow } from "../store/rows.ts";
import { actionOf, takesAway } from "./action.ts";
import { announced } from "./announced.ts";
import { lookAfterMembers } from "./bystanders.ts";
import { isLeftAlone } from "./classes.ts";
import { dispatch } from "./dispatch.ts";
import { everyOne } from "./every-one.ts";
import type { NameQueue } from "./name-queue.ts";
import { prepare } from "./prepare.ts";
import { SecondTries } from "./second-tries.ts";
import { Streak } from "./streak.ts";
import type { Tally } from "./tally.ts";
import { WindowSize } from "./window-size.ts";
import type { Work } from "./work.ts";

/**
 * Applies one phase in dispatch windows: work out what to send (nothing, where the target already holds it), mark the window durably, send,
 * settle. Rows that are held, in doubt, or waiting for their retry are left out; who is to get a name that another of ours still holds comes
 * last.
 */
export async function applyResources(
  work: Work,
  phase: Phase | "seats",
  tally: Tally,
  reach: Reach,
  names: NameQueue,
): Promise<void> {
  const { concurrency } = work.target.capabilities;
  const limit = pLimit(concurrency);
  const streak = new Streak(work, tally);
  const second = new SecondTries();
  const putOff = (row: WideRow, refusal: ItemError) => names.isRefused(row, refusal);
  const send = async (rows: readonly WideRow[]) => {
    const given = { work, tally, streak, putOff, second };
    const looked = await everyOne(rows, limit, (row) => prepare(given, row));
    const planned = looked.filter((each) => each !== undefined);
    const window = announced(work, planned, tally);
    if (window.length > 0) await dispatch(work, window, limit, tally, streak);
    return window.length;
  };
  const size = new WindowSize(concurrency * 8);
  for (let after = 0; ; ) {
    work.signal.throwIfAborted();
    const began = work.clock.now();
    const rows = nextRows(work, phase, after, size.rows, tally, reach);
    const last = rows.at(-1);
    if (last === undefined) break;
    const ready = rows.filter((row) => isReady(work, row, tally, reach) && !names.holdsBack(row));
    let calls = 0;
    // Deleting people changes the groups that they are in: groups are read after that.
    for (const kind of ["user", "group"] as const) {
      calls += await send(ready.filter((row) => row.kind === kind));
      for (let ids = second.take(); ids.length > 0; ids = second.take())
        await send(ids.map((id) => work.store.pending.row(id)).filter((row) => row !== undefined));
    }
    size.took(calls, work.clock.now() - began);
    if (phase === "groups") await lookAfterMembers(work, ready, limit, tally);
    // What was left out of this page for the sake of bad objects is taken up again without them.
    if (!(await streak.endIfOver())) after = last.id;
    work.progress({ step: "apply", done: tally.total });
  }
  // Whoever is switched off may still have to give a name up: that is done together with the others.
  if (phase === "users") await names.settle("user", streak);
  if (phase === "groups") await names.settle("group", streak);
}

/** What can be done now; of those who wait for a licence no more than may be asked for. */
function nextRows(
  { store, clock }: Work,
  phase: Phase | "seats",
  after: number,
  limit: number,
  tally: Tally,
  reach: Reach,
): WideRow[] {
  if (phase !== "seats") return store.pending.due(phase, after, limit, reach, clock.now());
  const room = reach.only === undefined && reach.listed !== true ? tally.seats.room(limit) : 0;
  return room === 0 ? [] : store.pending.seatless(after, room, reach);
}

function isReady(work: Work, row: WideRow, tally: Tally, { removalsOnly }: Reach): boolean {
  const now = work.clock.now();
  if (row.doubt !== null || row.holdId !== null || tally.isSetAside(row.id)) return false;
  // Who is off already has values, perhaps, but nothing more to lose.
  if (removalsOnly === true && !takesAway(actionOf(row))) return false;
  // A group whose members are in doubt: its one settle time stands until they were looked at.
  if (row.settleAt !== null && row.settleAt > now) return false;
  // Where whole accounts are written, one that is still on its way with a manager would bring the old values back.
  const isWhole = work.target.capabilities.update === "put" && row.kind === "user";
  if (isWhole && work.store.references.areUnsettled(row.id, now)) return false;
  if (row.problem !== null && row.intent === "active") return false;
  // Without an account there is nothing to take away, and nothing to make for somebody who is off.
  if (row.targetId === null && (row.intent !== "active" || actionOf(row) === "conflict")) return false;
  if (isLeftAlone(work, row)) {
    tally.leftAlone += 1;
    return false;
  }
  return true;
}
