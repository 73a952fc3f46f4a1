import { sameValue } from "../scim/compare.ts";
import { knownPath } from "../scim/path.ts";
import type { Attributes, Kind } from "../scim/resource.ts";
import type { BeforeEdit, WantedBefore } from "../store/before-edit.ts";
import type { WideRow } from "../store/rows.ts";
import { type Action, actionOf, changesOf, isFollowed } from "./action.ts";
import type { PlannedValue } from "./plan.ts";
import type { Work } from "./work.ts";

/** What becomes of somebody by an edit that would not without it. */
export type EditAction =
  | "delete"
  | "deactivate"
  /** The mapping cannot be evaluated for them any more: nothing but a removal is sent. */
  | "fail"
  | "rename"
  | "update"
  | "reactivate"
  /** Whether the account exists already is looked up by the next sync. */
  | "create or adopt"
  /** They were about to get an account. */
  | "no account"
  /** A deactivation or deletion that was pending is not wanted any more. */
  | "keep"
  /** The account or group stays as it is from now on, whatever the directory says; or is followed again. */
  | "let be"
  | "look after"
  /** Nobody has an account yet, or it would be sent anyway: other values than before. */
  | "later"
  /** The pilot ends for them, or they are in it now. */
  | "leave to the pilot"
  | "let into the pilot"
  /** Something that was pending is not any more, and nothing comes instead. */
  | "take back";

/** One person or group whom an edit of the configuration changes something for. */
export interface EditItem {
  readonly kind: Kind;
  readonly label: string;
  readonly sourceId: string;
  readonly targetId: string | null;
  readonly action: EditAction;
  /** Why, where it is not plain from the values. */
  readonly reason: string;
  /** What the target holds, as far as we know, and what it would be given. */
  readonly values: readonly PlannedValue[];
}

/** Whom the edit changes something for, in row order. Costs what it changes. */
export function* editItems(
  { store, mapping, judge }: Pick<Work, "store" | "mapping" | "judge">,
  before: BeforeEdit,
): Iterable<EditItem> {
  const expressions = {
    user: new Map(mapping.rows("user").map((each) => [each.path, each.text])),
    group: new Map(mapping.rows("group").map((each) => [each.path, each.text])),
  };
  for (const was of before.objects(judge)) {
    const now = store.pending.row(was.id);
    // What time alone does is no edit's doing.
    if (now === undefined || was.isByTimeAlone) continue;
    const item = itemOf(was, now);
    if (item === undefined) continue;
    const values = item.values.map((each) => {
      const from = expressions[now.kind].get(each.path);
      return from === undefined ? each : { ...each, from };
    });
    yield { ...item, values };
  }
}

function itemOf(was: WantedBefore, now: WideRow): EditItem | undefined {
  const { kind, label, sourceId, targetId } = now;
  const item = (action: EditAction, reason = "", values: readonly PlannedValue[] = []): EditItem => ({
    kind,
    label,
    sourceId,
    targetId,
    action,
    reason,
    values,
  });
  if (now.outside !== was.outside)
    return item(now.outside === 1 ? "leave to the pilot" : "let into the pilot");
  if (now.outside === 1) return undefined;
  if (now.problem !== null && was.problem === null) return item("fail", now.problem);
  if (targetId === null) return withoutAccount(was, now, item);
  const action = actionOf(now);
  const actionBefore = actionOf({ ...now, ...was, id: now.id });
  if (action !== actionBefore && isOfAccount(action)) return item(action, now.reason);
  if (takesAway(actionBefore) && !takesAway(action)) return item("keep", was.reason);
  if ((now.intent === "keep") !== (was.intent === "keep"))
    return item(now.intent === "keep" ? "let be" : "look after", now.reason);
  const paths = new Set(isFollowed(now) ? changedPaths(was.body, now.body) : []);
  const values = changesOf(now).filter(({ path }) => paths.has(path));
  const name = kind === "user" ? "userName" : "displayName";
  if (values.length > 0)
    return item(values.some(({ path }) => path === name) ? "rename" : "update", "", values);
  return actionBefore !== "none" && action === "none" ? item("take back", was.reason) : undefined;
}

function withoutAccount(
  was: WantedBefore,
  now: WideRow,
  item: (action: EditAction, reason?: string, values?: readonly PlannedValue[]) => EditItem,
): EditItem | undefined {
  const isWanted = now.intent === "active";
  const wasWanted = was.intent === "active" && was.problem === null;
  if (isWanted && !wasWanted) return item("create or adopt");
  if (!isWanted && wasWanted) return item("no account", now.reason);
  if (!isWanted) return undefined;
  const values = changedPaths(was.body, now.body).map((path) => ({
    path,
    before: was.body[path] ?? null,
    after: now.body[path] ?? null,
  }));
  return values.length === 0 ? undefined : item("later", "", values);
}

function isOfAccount(action: Action): action is "delete" | "deactivate" | "reactivate" {
  return action === "delete" || action === "deactivate" || action === "reactivate";
}

function takesAway(action: Action): boolean {
  return action === "delete" || action === "deactivate";
}

function changedPaths(before: Attributes, after: Attributes): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (path) => !sameValue(knownPath(path), after[path] ?? null, before[path]),
  );
}
