import { ItemError } from "../errors.ts";
import { resources } from "../scim/api.ts";
import { sameValue } from "../scim/compare.ts";
import { isReadOnly, knownPath, readPath } from "../scim/path.ts";
import type { Attributes, Json, StoredResource } from "../scim/resource.ts";
import type { Journalled } from "../store/journal.ts";
import type { WideRow } from "../store/rows.ts";
import { changesIdentifier, followedOf, type ValueChange } from "./action.ts";
import { isTemporaryName, nameOf } from "./name-conflicts.ts";
import { shieldOf } from "./protection.ts";
import { changedPaths, type Net, type NetValue, netOf } from "./undo-net.ts";
import { isUndoOf } from "./undo-words.ts";
import type { Work } from "./work.ts";

/** Something that is not put back, and why. `path`: empty for the whole object. */
export interface Left {
  readonly path: string;
  readonly why: string;
}

/** What undoing a run means for one person or group, as things stand at the target now. */
export interface UndoStep {
  readonly row: WideRow;
  readonly net: Net;
  /** Undefined where nothing can be done: then `left` says why. */
  readonly current: StoredResource | undefined;
  /** Values that are written, as they were before the run. */
  readonly back: readonly ValueChange[];
  /** References that are written: ids of accounts at the target. */
  readonly references: readonly ValueChange[];
  /** The account had been taken over: it is nobody's of ours again. */
  readonly unlink: boolean;
  readonly left: readonly Left[];
  /** Values that are as they were before the run already. */
  readonly already: number;
  /** Only a name in between: the one from before the undo stays in mind. */
  readonly isAside?: true;
}

/** What runs after it sent for one row, other than to undo that very run. */
export function laterThan(work: Pick<Work, "store">, undone: number, id: number): readonly Journalled[] {
  return work.store.journal.since(undone, id).filter(({ reason }) => !isUndoOf(undone, reason));
}

/** A step as it is kept until it is done: without what is read again then. */
export interface PlannedUndo extends Omit<UndoStep, "row" | "net" | "current" | "isAside"> {
  readonly row: Pick<WideRow, "id" | "kind" | "label" | "sourceId" | "targetId">;
}

/** What a plan holds of a step: a run may have written to a hundred thousand people. */
export function plannedUndo({ row, back, references, unlink, left, already }: UndoStep): PlannedUndo {
  const { id, kind, label, sourceId, targetId } = row;
  return { row: { id, kind, label, sourceId, targetId }, back, references, unlink, left, already };
}

/** The values of a step as attributes. */
export function valuesOf(changes: readonly ValueChange[]): Attributes {
  return Object.fromEntries(changes.map(({ path, after }) => [path, after]));
}

/**
 * Looks at one person or group that a run changed: what of it still stands as the run left it is put back; what somebody, we ourselves included,
 * changed since is left alone and told. Undefined when nothing of the run concerns the object itself.
 */
export async function undoStep(work: Work, undone: number, id: number): Promise<UndoStep | undefined> {
  const row = work.store.pending.row(id);
  if (row === undefined) return undefined;
  const net = netOf(work.store.journal.of(undone, id));
  const nothing = { row, net, current: undefined, back: [], references: [], unlink: false, already: 0 };
  const why = whyNothing(work, undone, row, net);
  if (why !== undefined) return { ...nothing, left: [{ path: "", why }] };
  if (net.values.length + net.references.length === 0 && !net.isAdopted) {
    if (!net.isCreated || row.kind === "user") return undefined;
    return {
      ...nothing,
      left: [{ path: "", why: "the group was created; a group cannot be switched off, so it stays" }],
    };
  }
  const current = await lookAt(work, row);
  if (typeof current === "string") return { ...nothing, left: [{ path: "", why: current }] };
  if (current === undefined)
    return { ...nothing, left: [{ path: "", why: `is gone at the target (${row.targetId})` }] };
  const later = laterThan(work, undone, id);
  const values = net.values.map((value) => judge(row, current, value, net, later, undone));
  const references = net.references.map((value) => judge(row, current, value, net, later, undone));
  const backOf = (all: readonly Verdict[]) =>
    all.flatMap((each) => (each.type === "back" ? [each.change] : []));
  const shielded = whyShielded(work, row, current, backOf(values), net);
  if (shielded !== undefined) return { ...nothing, left: [{ path: "", why: `is protected: ${shielded}` }] };
  const left = [...values, ...references].flatMap((each) => (each.type === "left" ? [each.left] : []));
  return {
    row,
    net,
    current,
    back: backOf(values),
    references: backOf(references),
    unlink: net.isAdopted && left.length === 0,
    left: net.isAdopted && left.length > 0 ? [...left, { path: "", why: stillOurs }] : left,
    already: [...values, ...references].filter(({ type }) => type === "already").length,
  };
}

const stillOurs = "the account was taken over and stays linked: not everything of it can be put back";

/** What the target holds, undefined where it is gone; a sentence where the target cannot show this one. */
async function lookAt({ target, abort }: Work, row: WideRow): Promise<StoredResource | string | undefined> {
  try {
    return await resources(target, row.kind).get(row.targetId ?? "", abort);
  } catch (error) {
    if (error instanceof ItemError) return `cannot be read at the target: ${error.message}`;
    throw error;
  }
}

function whyNothing(work: Work, undone: number, row: WideRow, net: Net): string | undefined {
  if (row.doubt !== null || net.isUnknown)
    return "a call got no answer, and what became of it is not known yet; the next sync finds it out";
  if (net.isDeleted)
    return `was deleted at the target (${net.targetId ?? "no id"}) and cannot be put back; a sync creates it anew if the directory wants it`;
  const isChanged = net.values.length + net.references.length > 0 || net.isCreated || net.isAdopted;
  if (!isChanged) return undefined;
  if (row.targetId === null) return "is not linked to an account any more; `rollcall link` binds it again";
  if (net.targetId !== null && row.targetId !== net.targetId)
    return `is linked to another account by now (${row.targetId})`;
  if (!work.store.claims.mayWrite(row.kind, row.targetId)) return "belongs to another connection by now";
  if (row.outside === 1) return "is outside of the pilot: nothing is written";
  const laterRun = net.isAdopted ? laterThan(work, undone, row.id)[0]?.run : undefined;
  return laterRun === undefined
    ? undefined
    : `was taken over, and written again by run ${laterRun}: undo that first`;
}

/** Whoever is protected keeps account and names, also from an undo. */
function whyShielded(
  work: Work,
  row: WideRow,
  current: StoredResource,
  values: readonly ValueChange[],
  net: Net,
): string | undefined {
  const shield = shieldOf(work);
  if (shield.isIdle) return undefined;
  if (net.isAdopted) return shield.against(row, "adopt", current);
  if (values.some(({ path, after }) => path === "active" && after === false))
    return shield.against(row, "deactivate", current);
  return changesIdentifier(values) ? shield.against(row, "rename", current) : undefined;
}

type Verdict =
  | { readonly type: "back"; readonly change: ValueChange }
  | { readonly type: "left"; readonly left: Left }
  | { readonly type: "already" };

function judge(
  row: WideRow,
  current: StoredResource,
  { path: text, before, after }: NetValue,
  net: Net,
  later: readonly Journalled[],
  undone: number,
): Verdict {
  const path = knownPath(text);
  const theirs = readPath(current, path);
  const left = (why: string): Verdict => ({ type: "left", left: { path: text, why } });
  if (isReadOnly(path)) return left("only the target may write it");
  if (sameValue(path, before, theirs)) return { type: "already" };
  const again = later.find((call) => changedPaths(call).includes(text));
  if (again !== undefined) return left(`written again by run ${again.run}`);
  const isOnItsWay = text === nameOf(row.kind) && isTemporaryName(row, theirs);
  if (!sameValue(path, after, theirs) && !isOnItsWay) return left("changed at the target since");
  if (text === "active") {
    const why = before === false ? undefined : whyNotOn(row, net, undone);
    return why === undefined ? back(text, theirs, before !== false) : left(why);
  }
  const wanted = followedOf(row)[text];
  const isWantedAnew =
    wanted !== undefined && !sameValue(path, wanted, after) && !sameValue(path, wanted, before);
  return isWantedAnew ? left("the directory wants another value by now") : back(text, theirs, before);
}

function back(path: string, theirs: Json | undefined, before: Json): Verdict {
  return { type: "back", change: { path, before: theirs ?? null, after: before } };
}

/** Why somebody whom the run switched off is not switched on: there is another reason by now. */
function whyNotOn(row: WideRow, net: Net, undone: number): string | undefined {
  if (row.switchedOff !== null) return "somebody else switched it off at the target";
  if (row.intent === "active" || row.touched <= undone || row.reason === net.reason) return undefined;
  return `there is another reason by now: ${row.reason}`;
}
