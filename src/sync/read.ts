import { ConnectionError, CursorLost } from "../errors.ts";
import type { Kind } from "../scim/resource.ts";
import type { Change, Cursor, Page, Sealed } from "../sources/source.ts";
import type { Roots } from "../store/assignments.ts";
import type { Stage } from "../store/stage.ts";
import type { Unseen } from "../store/unseen.ts";
import { checkCanary } from "./canary.ts";
import { keepRules } from "./kept-rules.ts";
import { keepLinkedGroups, linkedGroupsOf } from "./linked-groups.ts";
import { lookAtEdit, lookAtEditOf } from "./look-at-edit.ts";
import { checkPilot, keepPilot, pilotOf, pilotRoots } from "./pilot.ts";
import { checkRoots, keepRoots, rootsOf } from "./roots.ts";
import type { Work } from "./work.ts";

/** What a read brought. */
export interface ReadReport {
  readonly type: "full" | "delta" | "one" | "none";
  /** Why everything was read; undefined for a delta. */
  readonly why?: string;
  readonly users: number;
  readonly groups: number;
  /** Records that differ from what we held. */
  readonly changed: number;
  readonly absent: number;
  readonly durationMs: number;
}

/**
 * Asks the directory what changed and writes it down. Ends with the cursor stored together with every row, or throws and has removed nobody.
 * A cursor that the directory no longer takes is answered by reading everything.
 */
export async function read(work: Work, options: { readonly full: boolean }): Promise<ReadReport> {
  work.store.meta.bind("source", await work.source.identity(work.signal), work.config.name);
  const cursor = work.store.cursor;
  const why = fullReadReason(work, options.full);
  if (why !== undefined || cursor === undefined) return readFrom(work, undefined, why ?? "first read");
  try {
    return await readFrom(work, { text: cursor.text }, undefined);
  } catch (error) {
    if (!(error instanceof CursorLost)) throw error;
    work.log.warn({ connection: work.config.name }, `reading everything: ${error.message}`);
    return readFrom(work, undefined, error.message);
  }
}

/**
 * However well a directory reports changes, everything is read again after this long (ms), unless the source's settings say otherwise: what
 * was never reported shows then.
 */
const fullReadEveryMs = 24 * 3_600_000;

function fullReadReason(work: Work, asked: boolean): string | undefined {
  const cursor = work.store.cursor;
  if (cursor === undefined) return "first read";
  if (asked) return "asked for";
  const { fullEveryMs = fullReadEveryMs } = work.source;
  if (work.clock.now() - work.store.meta.number("last_full_at") >= fullEveryMs)
    return fullEveryMs === fullReadEveryMs ? "once a day" : "scheduled";
  if (cursor.selection !== work.selection) return "the mapping reads other attributes than before";
  return undefined;
}

async function readFrom(
  work: Work,
  cursor: Cursor | undefined,
  why: string | undefined,
): Promise<ReadReport> {
  const began = work.clock.now();
  const { store } = work;
  const roots = await rootsOf(work);
  const pilot = await pilotOf(work);
  const linked = await linkedGroupsOf(work);
  const stage = store.stage(work.run, work.judge);
  const end = await takePages(work, stage, cursor, roots);
  await fillFragments(work, stage);
  if (cursor === undefined) checkCanary(work, stage);
  const undecided = cursor === undefined && (await settleAbsences(work, stage));
  if (roots !== undefined) {
    checkRoots(work, roots);
    await readLosers(work, stage, roots);
  }
  if (pilot !== undefined) checkPilot(work, pilot);
  const edited = store.meta.get("mapping") !== work.rules.digest;
  if (edited) await store.rejudgeAll(work.run, work.judge);
  store.rejudgeDue(work.run, work.judge);
  const type = cursor === undefined ? "full" : "delta";
  store.finish(
    stage,
    {
      run: work.run,
      read: type,
      cursor: end,
      selection: work.selection,
      roots,
      pilot: pilotRoots(pilot),
      undecided,
    },
    work.judge,
  );
  keepRules(store, work.rules);
  if (roots !== undefined) keepRoots(work, roots);
  if (pilot !== undefined) keepPilot(work, pilot);
  if (linked !== undefined) keepLinkedGroups(work, linked);
  const { users, groups, changed, absent } = stage.counts;
  const durationMs = work.clock.now() - began;
  return { type, users, groups, changed, absent, durationMs, ...(why === undefined ? {} : { why }) };
}

async function takePages(
  work: Work,
  stage: Stage,
  cursor: Cursor | undefined,
  roots: Roots | undefined,
): Promise<Cursor> {
  for await (const page of told(work, cursor)) {
    work.signal.throwIfAborted();
    // Nothing of this read was written down yet.
    await lookAtEdit(work, roots);
    stage.page(page.changes);
    work.progress({ step: "read", done: stage.counts.users + stage.counts.groups });
    if (page.cursor !== undefined) return page.cursor;
  }
  throw new Error("the source ended a read without a cursor");
}

/** What changed, or everybody: then as the source sealed it, where it does. */
function told({ source, signal }: Work, cursor: Cursor | undefined): AsyncIterable<Page<Change | Sealed>> {
  return cursor === undefined && source.everybody !== undefined
    ? source.everybody(signal)
    : source.poll(cursor, signal);
}

/** Changes of people that we hold no record of: they are read whole before the read is finished. */
async function fillFragments(work: Work, stage: Stage): Promise<void> {
  for (const [id, kind] of [...stage.fragments]) {
    stage.page(await work.source.read(kind, id, work.signal));
  }
}

/**
 * People whom a full read did not name are candidates, no more: each is asked for by id. Where that would be very many, nobody is asked: then
 * something is wrong with the read or with what we may see, and a person has to look. True when somebody came so lately that the directory may
 * not show them everywhere yet: they are left as they are.
 */
async function settleAbsences(work: Work, stage: Stage): Promise<boolean> {
  const known = { user: work.store.present("user"), group: work.store.present("group") };
  if (stage.counts.users === 0) throw nobodyAnswered(work, known.user);
  const missing = stage.unseen();
  const most = Math.max(200, Math.floor((known.user + known.group) / 20));
  const lateSince = work.clock.now() - (work.source.lateMs ?? 0);
  let undecided = false;
  if (missing.length > most) {
    for (const { kind, sourceId } of missing) stage.page([notVisible(kind, sourceId)]);
    return undecided;
  }
  for await (const { linkedAt, changes } of eachNow(work, missing)) {
    const [first] = changes;
    const isNotFound = first?.type === "absent" && first.evidence === "not-found";
    if (isNotFound && linkedAt !== null && linkedAt > lateSince) undecided = true;
    else stage.page(changes);
  }
  return undecided;
}

/** Each as the directory shows it by id. */
async function* eachNow(
  { source, signal }: Work,
  missing: readonly Unseen[],
): AsyncGenerator<{ readonly linkedAt: number | null; readonly changes: readonly Change[] }> {
  if (source.readSeveral === undefined) {
    for (const { kind, sourceId, linkedAt } of missing)
      yield { linkedAt, changes: await source.read(kind, sourceId, signal) };
    return;
  }
  const objects = missing.map(({ kind, sourceId }) => ({ kind, id: sourceId }));
  let at = 0;
  for await (const changes of source.readSeveral(objects, signal)) {
    signal.throwIfAborted();
    const asked = missing[at++];
    if (asked === undefined) break;
    yield { linkedAt: asked.linkedAt, changes };
  }
  if (at !== missing.length) throw new Error(`the source was asked for ${missing.length} and told of ${at}`);
}

/**
 * Who loses the assignment by being disabled is not deleted for that, and a directory may tell the one before the other: where people out of scope
 * are deleted, each is read once more before. Where that would be very many, nobody is: so many deletions are held.
 */
async function readLosers(work: Work, stage: Stage, roots: Roots): Promise<void> {
  if (work.config.policy.whenOutOfScope !== "delete") return;
  const losing = work.store.losingAssignment(work.run, roots);
  if (losing.length > Math.max(200, Math.floor(work.store.present("user") / 20))) return;
  for (const id of losing) stage.page(await work.source.read("user", id, work.signal));
}

function notVisible(kind: Kind, id: string) {
  return { type: "absent", kind, id, evidence: "not-visible" } as const;
}

function nobodyAnswered(work: Work, known: number): ConnectionError {
  const before = known === 0 ? "" : `; ${known} people were there before, and none of them was touched`;
  return new ConnectionError(
    `${work.config.name}: the directory answered without an error, but with nobody at all${before}`,
    {
      hint: "most often the account that reads lost its rights, or the base or tenant is the wrong one: `rollcall test` says which",
    },
  );
}

/** One person or group now, by id: positive knowledge that may be applied at once. Of a group all members, so that who is not listed has left it. */
export async function readOne(work: Work, kind: Kind, id: string): Promise<ReadReport> {
  const began = work.clock.now();
  work.store.meta.bind("source", await work.source.identity(work.signal), work.config.name);
  await lookAtEditOf(work, id);
  const stage = work.store.stage(work.run, work.judge, { judgeUnchanged: true });
  stage.page(await work.source.read(kind, id, work.signal));
  if (kind === "group") work.store.transaction(() => stage.dropUnlisted());
  work.store.runs.read(work.run, "one");
  const { users, groups, changed, absent } = stage.counts;
  return { type: "one", users, groups, changed, absent, durationMs: work.clock.now() - began };
}
