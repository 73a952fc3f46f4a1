import { setImmediate } from "node:timers/promises";
import { sameValue } from "../scim/compare.ts";
import { knownPath } from "../scim/path.ts";
import type { Attributes } from "../scim/resource.ts";
import type { Evidence, SourceRecord } from "../sources/source.ts";
import { fillAssigned, type Roots } from "./assignments.ts";
import type { Db } from "./database.ts";
import { type EditedRow, editPages, type Spares } from "./edit-pages.ts";
import { type EditEffects, Edits } from "./edits.ts";
import type { StoredRow } from "./judge-stored.ts";
import { comparer, storedRow } from "./judged-the-same.ts";
import type { Intent, Judge, Judgement } from "./judgement.ts";
import { prepared } from "./prepared.ts";
import { judgementWriter, standingOf } from "./write-judgement.ts";

/** What is marked: everybody, or one. */
export interface Marking {
  /** Set where the edit changed who is assigned: whom it means now. */
  readonly roots?: Roots | undefined;
  /** Source id of the only one. */
  readonly only?: string;
  /** Tells who need not be looked at. */
  readonly spares?: Spares | undefined;
}

/**
 * Works out what an edit of mapping, scope or policy wants of people and groups with an account, from what was known of them before the directory
 * is asked: so that what the directory itself changes is told apart. Writes marks alone, nothing becomes pending. Gives the rows that are judged
 * otherwise than before; the others need not be looked at again in this run. Costs the size of the snapshot; after each page whoever else has work
 * in this process does it.
 */
export async function markEdits(
  db: Db,
  run: number,
  judge: Judge,
  now: number,
  { roots, only, spares }: Marking,
): Promise<readonly number[]> {
  const edits = new Edits(db);
  const marked = edits.marked();
  if (roots !== undefined)
    db.transaction(() => fillAssigned(db, roots, judgementWriter(db, run).intern)).immediate();
  const nested = db.prepare(markNested);
  const otherwise: number[] = [];
  const isNested = (kind: string) => kind === "group" && !judge.flatten;
  const markPage = (page: readonly EditedRow[]) => {
    const compare = comparer(
      db,
      judge,
      now,
      page.map(([, id]) => id),
    );
    for (const [isAssigned, ...compared] of page) {
      const [id, kind, , , , , , hasAccount] = compared;
      const { isSame, judgement } = compare(compared);
      if (!isSame) otherwise.push(id);
      const isToMark = !isSame || isAssigned !== null || marked.has(id);
      if (hasAccount === 0 || (!isToMark && !isNested(kind))) continue;
      const row = storedRow(db, id);
      if (row.target_id === null) continue;
      if (isToMark)
        edits.set(id, effectsOf(db, judge, row, now, { judgement, isAssigned, known: edits.of(id) }));
      if (isNested(kind)) nested.run({ run, group: id });
    }
  };
  const isLookedAt = (id: number, kind: string) => marked.has(id) || isNested(kind);
  const affected = { only, areAssigned: roots !== undefined, spares, isLookedAt };
  for (const { rows, isLast } of editPages(db, now, affected)) {
    if (rows.length > 0) db.transaction(() => markPage(rows)).immediate();
    if (!isLast) await setImmediate();
  }
  return otherwise;
}

/** Members who are so by way of a nested group only, where nested groups no longer count. */
const markNested = `update membership set edited = :run where grp = :group and edited is null and desired = 1 and applied = 1
  and not exists (select 1 from edge e where e.grp = membership.grp and e.member = membership.usr)`;

const ranks: Readonly<Partial<Record<Intent | string, number>>> = { inactive: 1, deleted: 2 };

function rank(intent: string | undefined): number {
  return ranks[intent ?? ""] ?? 0;
}

/** What the comparison came to, and whether they are assigned now. */
interface Found {
  readonly judgement: Judgement | undefined;
  readonly isAssigned: number | null;
}

/** What the rules of now would make of what was known, against what is wanted by the rules of before; what an earlier edit wanted stays as long as it is wanted. */
function effectsOf(
  db: Db,
  judge: Judge,
  row: StoredRow,
  now: number,
  { known = { paths: [] }, ...found }: Found & { readonly known: EditEffects | undefined },
): EditEffects {
  const { intent, body, isBroken } = judged(judge, row, now, found);
  const isEdit = rank(intent) > rank(row.intent);
  const wants = isEdit || rank(known.intent) > 0 ? rank(intent) : 0;
  const kept =
    wants === 2 ? { intent: "deleted" as const } : wants === 1 ? { intent: "inactive" as const } : {};
  // Also where the new mapping reads what was never asked for: the read that follows tells what it really makes.
  if (isBroken) return { ...kept, paths: row.problem === null ? ["*"] : known.paths };
  return { ...kept, paths: body === undefined ? [] : changedPaths(db, row.id, body, known.paths) };
}

/** Judged as of a moment before their time came: what time alone does is no edit's doing. */
function judged(judge: Judge, row: StoredRow, now: number, { judgement, isAssigned }: Found) {
  const kind = row.kind === "group" ? "group" : "user";
  const isDue = row.due_at !== null && row.due_at <= now;
  const at = isDue ? (row.due_at ?? now) - 1 : now;
  const before = standingOf(row);
  const standing = isAssigned === null ? before : { ...before, isAssigned: isAssigned === 1 };
  if (row.presence === "absent" || row.record === null) {
    const evidence = (row.evidence ?? "not-visible") as Evidence;
    const { intent } = row.presence === "absent" ? judge.absent(kind, evidence, at, standing) : row;
    return { intent, body: undefined, isBroken: false };
  }
  const isKnown = judgement !== undefined && !isDue && isAssigned === null;
  const meant = isKnown
    ? judgement
    : judge.present(kind, JSON.parse(row.record) as SourceRecord, at, standing);
  const isBroken = meant.problem !== undefined && meant.intent === "active";
  return { intent: meant.intent, body: meant.body, isBroken };
}

function changedPaths(db: Db, id: number, body: Attributes, known: readonly string[]): string[] {
  const texts = prepared(db, "select body, applied from wide where id = ?").get(id) as
    | { readonly body: string | null; readonly applied: string | null }
    | undefined;
  const before = parsed(texts?.body ?? null);
  const applied = parsed(texts?.applied ?? null);
  return Object.entries(body)
    .filter(([path, after]) => {
      const type = knownPath(path);
      if (sameValue(type, after, applied[path])) return false;
      return known.includes(path) || !sameValue(type, after, before[path]);
    })
    .map(([path]) => path);
}

function parsed(text: string | null): Attributes {
  return text === null ? {} : (JSON.parse(text) as Attributes);
}
