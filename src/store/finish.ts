import type { Cursor } from "../sources/source.ts";
import { assign, type Roots } from "./assignments.ts";
import type { Db } from "./database.ts";
import type { Judge } from "./judgement.ts";
import type { Memberships } from "./memberships.ts";
import type { Meta } from "./meta.ts";
import { type PilotRoots, takeIntoPilot } from "./piloting.ts";
import { prepared } from "./prepared.ts";
import type { Stage } from "./stage.ts";

export interface FinishedRead {
  readonly run: number;
  readonly at: number;
  readonly read: "full" | "delta";
  readonly cursor: Cursor;
  readonly selection: string;
  /** Everything is to be read again by the next cycle: somebody may be there or gone. */
  readonly undecided?: boolean;
  /** Whom the connection is limited to; undefined: nobody in particular. */
  readonly roots?: Roots | undefined;
  /** Who is in the pilot; undefined: there is none. */
  readonly pilot?: PilotRoots | undefined;
}

/**
 * Ends a complete read in one transaction: memberships that nobody listed go, changed groups are computed again, and the cursor moves with
 * all of it. Never before, never alone.
 */
export function finishRead(
  db: Db,
  parts: { readonly stage: Stage; readonly memberships: Memberships; readonly meta: Meta },
  finished: FinishedRead,
  judge: Judge,
): void {
  db.transaction(() => {
    parts.stage.dropUnlisted();
    if (finished.read === "full") parts.stage.seal();
    if (finished.roots !== undefined) assign(db, finished.run, judge, finished.at, finished.roots);
    if (finished.pilot !== undefined) takeIntoPilot(db, finished.run, judge, finished.at, finished.pilot);
    parts.memberships.recompute(judge.flatten);
    prepared(
      db,
      `insert into cursor (only, text, selection, run, at) values (1, :text, :selection, :run, :at)
       on conflict (only) do update set text = excluded.text, selection = excluded.selection, run = excluded.run, at = excluded.at`,
    ).run({ text: finished.cursor.text, selection: finished.selection, run: finished.run, at: finished.at });
    prepared(db, "update run set complete = 1, read = ? where id = ?").run(finished.read, finished.run);
    parts.meta.set("complete_run", String(finished.run));
    parts.meta.set("serial", String(parts.meta.number("serial") + 1));
    if (finished.read === "full")
      parts.meta.set("last_full_at", finished.undecided === true ? "0" : String(finished.at));
  }).immediate();
}

export function storedCursor(
  db: Db,
): { readonly text: string; readonly selection: string; readonly at: number } | undefined {
  return prepared(db, "select text, selection, at from cursor where only = 1").get() as
    | { text: string; selection: string; at: number }
    | undefined;
}
