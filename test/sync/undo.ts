import type { HoldClass } from "../../src/store/holds.ts";
import { Tally } from "../../src/sync/tally.ts";
import { applyUndo, planUndo, settleDoubts, type UndoPlan } from "../../src/sync/undo.ts";
import type { World } from "../world.ts";

interface Undone {
  readonly run: number;
  readonly planned: UndoPlan;
  readonly tally: Tally;
}

/** What `rollcall undo` does, without its screen. */
export async function undo(
  w: World,
  run: number,
  options: { readonly user?: string; readonly letThrough?: readonly HoldClass[] } = {},
): Promise<Undone> {
  const connection = await w.open();
  try {
    const work = connection.begin({ purpose: "undo", trigger: "on demand" });
    const tally = new Tally();
    await settleDoubts(work, tally);
    const only = options.user === undefined ? undefined : work.store.people.find(options.user)[0]?.id;
    const request = { run, only };
    const planned = await planUndo(work, request);
    const letThrough = new Set(options.letThrough);
    await applyUndo(work, request, planned, { reason: "wrong filter", letThrough }, tally);
    work.store.runs.end(work.run, w.clock.now(), "done", undefined, tally.counts);
    return { run: work.run, planned, tally };
  } finally {
    await connection.close();
  }
}
