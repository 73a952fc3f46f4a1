import { isEmpty, sameValue } from "../scim/compare.ts";
import { isReadOnly, knownPath, readPath } from "../scim/path.ts";
import type { Attributes, Json, StoredResource } from "../scim/resource.ts";
import type { Correction } from "../store/comparison.ts";
import type { Finding } from "../store/findings.ts";
import type { WideRow } from "../store/rows.ts";
import { followedOf, isContested } from "./action.ts";
import { isBeingTaken } from "./being-taken.ts";
import { isTemporaryName } from "./name-conflicts.ts";
import type { Work } from "./work.ts";

/** A value that was put right so often and changed back is written by another system too: it is no longer put right. */
export const mostTimes = 3;

/** One finding; `times` undefined: it was known, and still stands. */
export interface Found {
  readonly finding: Finding;
  readonly times?: number;
}

/** What of a linked account or group is not as we believed. */
export interface Seen {
  readonly found: readonly Found[];
  /** What the applied side becomes; undefined where only references differ, or nothing new is known. */
  readonly correction: Correction | undefined;
  readonly references: readonly { readonly path: string; readonly applied: number | null }[];
}

/**
 * Compares what we believe to stand at the target with what stands there. Undefined when it is as we left it, or when it is not the time to say:
 * a call is in doubt or has not settled, or nothing is to be done about this row.
 *
 * `unlisted`: paths that the target's list does not show; nothing there says nothing.
 */
export function compareObject(
  work: Work,
  row: WideRow,
  current: StoredResource,
  unlisted: ReadonlySet<string> = new Set(),
): Seen | undefined {
  if (!isComparable(work, row)) return undefined;
  const values = valuesOf(work, row, current, unlisted);
  const activity = activityOf(work, row, current);
  const references = referencesOf(work, row, current, unlisted);
  const found = [...values.found, ...activity.found, ...references.map((each) => each.found)];
  const drifted = values.drifted || activity.drifted;
  const isNew = drifted || values.isNew || activity.isNew;
  if ((found.length === 0 && !isNew) || isBeingTaken(work, row)) return undefined;
  const body = activity.isNew ? { ...values.body, active: activity.intent === "active" } : values.body;
  const { intent, switchedOff } = activity;
  return {
    found,
    correction: isNew
      ? {
          row: values.isUnderWay ? { ...row, applied: null } : row,
          body,
          intent,
          switchedOff,
          contested: values.contested,
          drifted,
        }
      : undefined,
    references: references
      .filter((each) => each.applied !== undefined)
      .map(({ path, applied }) => ({ path, applied: applied ?? null })),
  };
}

/** What was sent a moment ago may not show yet; then nothing is said about the row. */
export function isSettled(work: Work, row: WideRow): boolean {
  return work.store.comparison.lastWrittenAt(row.id) <= work.clock.now() - work.target.capabilities.settleMs;
}

/** Rows that are to stay as they are, and those that go, follow nothing; who lost the account to another connection says nothing about it. */
function isComparable(work: Work, row: WideRow): boolean {
  if (row.doubt !== null || (row.settleAt !== null && row.settleAt > work.clock.now())) return false;
  if (row.targetId === null || row.appliedIntent === null || row.appliedIntent === "deleted") return false;
  return row.intent === "active" || row.intent === "inactive";
}

function valuesOf(work: Work, row: WideRow, current: StoredResource, unlisted: ReadonlySet<string>) {
  const found: Found[] = [];
  const body: Record<string, Json> = { ...row.appliedBody };
  const contested: Record<string, Json> = {};
  let drifted = false;
  let isNew = false;
  /** Goes under a name that we gave in between: nobody's hand edit, and still to be brought to its end. */
  let isUnderWay = false;
  for (const [text, wanted] of Object.entries(followedOf(row))) {
    const path = knownPath(text);
    if (isReadOnly(path) || text === "active" || !(text in row.appliedBody)) continue;
    const believed = row.appliedBody[text];
    const theirs = readPath(current, path);
    if (unlisted.has(text) && isEmpty(theirs)) continue;
    if (isTemporaryName(row, theirs)) {
      isUnderWay = true;
      continue;
    }
    const givenUp = isContested(row, text, wanted);
    const stands = sameValue(path, wanted, theirs);
    if (givenUp && !stands) contested[text] = wanted;
    const isAsBelieved = sameValue(path, believed, theirs);
    if (isAsBelieved && !(givenUp && !stands)) continue;
    const held: Json = isEmpty(theirs) ? null : (theirs ?? null);
    if (!isAsBelieved) {
      body[text] = held;
      isNew = true;
      if (stands) continue;
    }
    const finding = { resource: row.id, path: text, ours: wanted, theirs: held };
    if (givenUp) {
      found.push({ finding: { ...finding, type: "contested" } });
      continue;
    }
    // Only what stood as we want it, and was changed back, counts.
    const times = sameValue(path, wanted, believed)
      ? work.store.findings.timesFound({ ...finding, type: "changed" }, work.clock.now())
      : undefined;
    if (times !== undefined && times >= mostTimes) {
      contested[text] = wanted;
      found.push({ finding: { ...finding, type: "contested" }, times });
    } else {
      drifted = true;
      found.push({ finding: { ...finding, type: "changed" }, ...(times === undefined ? {} : { times }) });
    }
  }
  const dropped = Object.keys(row.contested).some((path) => !(path in contested));
  return {
    found,
    body: body as Attributes,
    contested: contested as Attributes,
    drifted,
    isNew: isNew || dropped || isUnderWay,
    isUnderWay,
  };
}

interface Activity {
  readonly intent: "active" | "inactive";
  readonly switchedOff: number | null;
  readonly found: readonly Found[];
  readonly drifted: boolean;
  readonly isNew: boolean;
}

/**
 * Who was switched on although they are to be off is switched off again, however often. Who was switched off although they are to be on is not
 * switched on without a person's word: whoever did it had a reason.
 */
function activityOf(work: Work, row: WideRow, current: StoredResource): Activity {
  const { switchedOff } = row;
  const intent = row.appliedIntent === "inactive" ? "inactive" : "active";
  const asBefore: Activity = { intent, switchedOff, found: [], drifted: false, isNew: false };
  if (row.kind !== "user") return asBefore;
  const path = knownPath("active");
  const theirs = readPath(current, path);
  if (isEmpty(theirs)) return asBefore;
  const isOn = sameValue(path, true, theirs);
  const finding = { resource: row.id, path: "active", ours: row.intent === "active", theirs: isOn };
  if (isOn === (intent === "active")) {
    const stillOff = !isOn && switchedOff !== null && row.intent === "active";
    return stillOff ? { ...asBefore, found: [{ finding: { ...finding, type: "switched-off" } }] } : asBefore;
  }
  if (isOn) {
    const back = { intent: "active", switchedOff: null, isNew: true } as const;
    if (row.intent === "active") return { ...back, found: [], drifted: false };
    const type = "switched-on" as const;
    const times = work.store.findings.timesFound({ ...finding, type }, work.clock.now());
    return { ...back, found: [{ finding: { ...finding, type }, times }], drifted: true };
  }
  // By this policy accounts begin inactive, and whoever logs in first is no concern of ours.
  if (work.config.policy.newUsers === "inactive" && row.origin === "created") return asBefore;
  const off = { intent: "inactive", switchedOff: work.clock.now(), isNew: true } as const;
  if (row.intent !== "active") return { ...off, found: [], drifted: false };
  return { ...off, found: [{ finding: { ...finding, type: "switched-off" }, times: 1 }], drifted: true };
}

interface ComparedReference {
  readonly path: string;
  /** The row that the target names, 0 for nobody of ours; undefined: left as it is. */
  readonly applied: number | null | undefined;
  readonly found: Found;
}

/** References that were settled and name somebody else now. */
function referencesOf(
  work: Work,
  row: WideRow,
  current: StoredResource,
  unlisted: ReadonlySet<string>,
): ComparedReference[] {
  if (row.kind !== "user" || row.intent !== "active") return [];
  const compared: ComparedReference[] = [];
  for (const {
    path: text,
    desired,
    applied,
    valueTargetId,
    valueLabel,
  } of work.store.comparison.referencesOf(row.id)) {
    if (desired !== applied || (desired !== null && valueTargetId === null)) continue;
    const path = knownPath(text);
    const theirs = readPath(current, path);
    if ((unlisted.has(text) && isEmpty(theirs)) || sameValue(path, valueTargetId, theirs)) continue;
    const named = isEmpty(theirs) ? undefined : work.store.comparison.linked("user", String(theirs));
    const finding = {
      resource: row.id,
      path: text,
      ours: desired === null ? null : (valueLabel ?? valueTargetId),
      theirs: isEmpty(theirs) ? null : (named?.label ?? String(theirs)),
    };
    const times = work.store.findings.timesFound({ ...finding, type: "changed" }, work.clock.now());
    const isGivenUp = times >= mostTimes;
    compared.push({
      path: text,
      applied: isGivenUp ? undefined : isEmpty(theirs) ? null : (named?.id ?? 0),
      found: { finding: { ...finding, type: isGivenUp ? "contested" : "changed" }, times },
    });
  }
  return compared;
}
