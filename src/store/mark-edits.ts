import { sameValue } from "../scim/compare.ts";
import { knownPath } from "../scim/path.ts";
import type { Attributes } from "../scim/resource.ts";
import type { Evidence, SourceRecord } from "../sources/source.ts";
import { fillAssigned, type Roots } from "./assignments.ts";
import type { Db } from "./database.ts";
import { type EditEffects, Edits } from "./edits.ts";
import { type StoredRow, storedColumns } from "./judge-stored.ts";
import type { Intent, Judge } from "./judgement.ts";
import { judgementWriter, standingOf } from "./write-judgement.ts";

type MarkedRow = StoredRow & {
  readonly body: string | null;
  readonly appliedBody: string | null;
  readonly problem: string | null;
  readonly now_assigned: number | null;
};

/** What is marked: everybody, or one. */
export interface Marking {
  /** Set where the edit changed who is assigned: whom it means now. */
  readonly roots?: Roots | undefined;
  /** Source id of the only one. */
  readonly only?: string;
}

/**
 * Works out what an edit of mapping, scope or policy wants of people and groups with an account, from what was known of them before the directory
 * is asked: so that what the directory itself changes is told apart. Writes marks alone, nothing becomes pending. Costs the size of the snapshot.
 */
export function markEdits(db: Db, run: number, judge: Judge, now: number, { roots, only }: Marking): void {
  const edits = new Edits(db);
  const assigned = roots === undefined ? "null" : "r.id in (select id from temp.assigned)";
  if (roots !== undefined)
    db.transaction(() => fillAssigned(db, roots, judgementWriter(db, run).intern)).immediate();
  const next = db.prepare(
    `select ${storedColumns}, w.body, w.applied as appliedBody, r.problem, ${assigned} as now_assigned
       from resource r left join wide w on w.id = r.id
       where r.id > :after and r.presence <> 'unknown' and r.target_id is not null ${only === undefined ? "" : "and r.source_id = :only"}
       order by r.id limit 500`,
  );
  const nested = db.prepare(markNested);
  for (let after = 0; ; ) {
    const page = next.all({ after, ...(only === undefined ? {} : { only }) }) as MarkedRow[];
    const last = page.at(-1);
    if (last === undefined) break;
    after = last.id;
    db.transaction(() => {
      for (const row of page) {
        edits.set(row.id, effectsOf(judge, row, now, edits.of(row.id)));
        if (row.kind === "group" && !judge.flatten) nested.run({ run, group: row.id });
      }
    }).immediate();
  }
}

/** Members who are so by way of a nested group only, where nested groups no longer count. */
const markNested = `update membership set edited = :run where grp = :group and edited is null and desired = 1 and applied = 1
  and not exists (select 1 from edge e where e.grp = membership.grp and e.member = membership.usr)`;

const ranks: Readonly<Partial<Record<Intent | string, number>>> = { inactive: 1, deleted: 2 };

function rank(intent: string | undefined): number {
  return ranks[intent ?? ""] ?? 0;
}

/** What the rules of now would make of what was known, against what is wanted by the rules of before; what an earlier edit wanted stays as long as it is wanted. */
function effectsOf(
  judge: Judge,
  row: MarkedRow,
  now: number,
  known: EditEffects = { paths: [] },
): EditEffects {
  const { intent, body, isBroken } = judged(judge, row, now);
  const isEdit = rank(intent) > rank(row.intent);
  const wants = isEdit || rank(known.intent) > 0 ? rank(intent) : 0;
  const kept =
    wants === 2 ? { intent: "deleted" as const } : wants === 1 ? { intent: "inactive" as const } : {};
  // Also where the new mapping reads what was never asked for: the read that follows tells what it really makes.
  if (isBroken) return { ...kept, paths: row.problem === null ? ["*"] : known.paths };
  return { ...kept, paths: body === undefined ? [] : changedPaths(row, body, known.paths) };
}

/** Judged as of a moment before their time came: what time alone does is no edit's doing. */
function judged(judge: Judge, row: MarkedRow, now: number) {
  const kind = row.kind === "group" ? "group" : "user";
  const at = row.due_at !== null && row.due_at <= now ? row.due_at - 1 : now;
  const before = standingOf(row);
  const standing = row.now_assigned === null ? before : { ...before, isAssigned: row.now_assigned === 1 };
  if (row.presence === "absent" || row.record === null) {
    const evidence = (row.evidence ?? "not-visible") as Evidence;
    const { intent } = row.presence === "absent" ? judge.absent(kind, evidence, at, standing) : row;
    return { intent, body: undefined, isBroken: false };
  }
  const judgement = judge.present(kind, JSON.parse(row.record) as SourceRecord, at, standing);
  const isBroken = judgement.problem !== undefined && judgement.intent === "active";
  return { intent: judgement.intent, body: judgement.body, isBroken };
}

function changedPaths(row: MarkedRow, body: Attributes, known: readonly string[]): string[] {
  const before = parsed(row.body);
  const applied = parsed(row.appliedBody);
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
