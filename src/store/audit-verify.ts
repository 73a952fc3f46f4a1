import { z } from "../zod.ts";
import { type EventRow, genesis, hashOf, personalDigest, valuesDigest } from "./audit-event.ts";
import type { Db } from "./database.ts";
import { inRanges, rangesOf } from "./number-ranges.ts";

/** What came of a walk along the audit trail. */
export interface Verification {
  /** Undefined if it holds, else the number of the first event that does not fit. */
  readonly firstBreak: number | undefined;
  /** Events that are there. */
  readonly events: number;
  /** The oldest event that is there; undefined: none is. `at` in ms since 1970 UTC. */
  readonly from: { readonly seq: number; readonly at: number } | undefined;
  /** Events that the retention dropped before that one. */
  readonly dropped: number;
  /** Events whose personal part was erased because somebody was forgotten. */
  readonly erased: number;
}

type Row = EventRow & {
  readonly hash: Buffer;
  readonly valueSalt: Buffer | null;
  readonly before: string | null;
  readonly after: string | null;
};

/**
 * Walks the chain. What was dropped or erased has to be told by an event that is itself in the chain: whoever takes something out of the files
 * without saying so breaks it. Events cut off from the end are noticed by what the snapshot tells of them elsewhere; whoever changes that too is found out
 * by a copy of the trail alone.
 */
export function verifyAudit(db: Db): Verification {
  const anchor = db.prepare("select seq, hash, events from audit_anchor").get() as
    | { seq: number; hash: Buffer; events: number }
    | undefined;
  let previous = anchor?.hash ?? genesis;
  let isAnchored = anchor === undefined;
  let from: Verification["from"];
  let events = 0;
  let next = (anchor?.seq ?? 0) + 1;
  let firstBreak: number | undefined;
  const head = headOf(db);
  const erased: number[] = [];
  const erasures: string[] = [];
  const rows = db.prepare(
    "select a.*, p.salt as valueSalt, p.before, p.after from audit a left join audit_payload p on p.seq = a.seq order by a.seq",
  );
  for (const row of rows.iterate() as IterableIterator<Row>) {
    from ??= { seq: row.seq, at: row.at };
    events += 1;
    const state = row.seq === next && row.previous.equals(previous) ? contentOf(row) : "broken";
    const isOther = row.seq === head.seq && row.hash.toString("hex") !== head.hash;
    if (state === "broken" || isOther) {
      firstBreak = row.seq;
      break;
    }
    if (state === "erased") erased.push(row.seq);
    const word = wordOf(row);
    if (word.events !== undefined) erasures.push(word.events);
    if (anchor !== undefined && word.through === anchor.seq && word.hash === anchor.hash.toString("hex"))
      isAnchored = true;
    previous = row.hash;
    next = row.seq + 1;
  }
  if (firstBreak === undefined && !isAnchored) firstBreak = from?.seq ?? next;
  if (firstBreak === undefined && next <= lastTold(db, head)) firstBreak = next;
  const ranges = erasures.flatMap(rangesOf);
  firstBreak = least(
    firstBreak,
    erased.find((seq) => !inRanges(ranges, seq)),
  );
  return { firstBreak, events, from, dropped: anchor?.events ?? 0, erased: erased.length };
}

const noted = z.object({ seq: z.number(), hash: z.string() });

/** The newest event when a run last ended, as the snapshot noted it. A note that nobody can read is one that somebody changed: no trail reaches that far. */
function headOf(db: Db): z.infer<typeof noted> {
  const text = db.prepare("select value from meta where key = 'audit_head'").pluck().get();
  if (typeof text !== "string") return { seq: 0, hash: "" };
  try {
    return noted.parse(JSON.parse(text));
  } catch {
    return { seq: Number.MAX_SAFE_INTEGER, hash: "" };
  }
}

/** The newest event that anything else in the snapshot tells of: a trail that ends before it was cut off. */
function lastTold(db: Db, head: z.infer<typeof noted>): number {
  const sent = db.prepare("select max(seq) from audit_stream").pluck().get();
  const called = db.prepare("select max(attempt) from resource").pluck().get();
  return Math.max(head.seq, Number(sent ?? 0), Number(called ?? 0));
}

/** Whether an event is what its hash says. */
function contentOf(row: Row): "whole" | "erased" | "broken" {
  // Of an event of form 1 that was erased only its place in the chain is left.
  if (row.form === 0) return "erased";
  if (!row.hash.equals(hashOf(row))) return "broken";
  const salt = row.form === 2 ? row.salt : row.valueSalt;
  if (row.payload === null) return row.form === 1 && salt === null ? "whole" : "broken";
  if (salt === null) return isBare(row) ? "erased" : "broken";
  const digest = row.form === 2 ? personalDigest(salt, row, row) : valuesDigest(salt, row.before, row.after);
  return row.payload.equals(digest) ? "whole" : "broken";
}

/** Nothing stands where something was erased. */
function isBare({ form, source_id, target_id, reason, before, after }: Row): boolean {
  const isAboutNobody = form === 1 || (source_id === "" && target_id === null && reason === "");
  return isAboutNobody && before === null && after === null;
}

const told = z.object({
  events: z.string().optional(),
  through: z.number().optional(),
  hash: z.string().optional(),
});

/** What an event says of others: which were erased (ranges of numbers), through which the trail was dropped. Whoever erases it has to say it anew. */
export function wordOf({
  event,
  kind,
  action,
  after,
}: Pick<Row, "event" | "kind" | "action" | "after">): z.infer<typeof told> {
  if (event !== "decision" || kind !== "connection" || after === null) return {};
  if (action !== "forget" && action !== "keep") return {};
  return told.safeParse(JSON.parse(after)).data ?? {};
}

function least(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.min(a, b);
}
