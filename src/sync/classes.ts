import type { Attributes } from "../scim/resource.ts";
import type { HoldClass } from "../store/holds.ts";
import type { WideRow } from "../store/rows.ts";
import {
  type Action,
  actionOf,
  changesBetween,
  changesIdentifier,
  changesOf,
  clearedPaths,
  type ValueChange,
} from "./action.ts";
import { byLink, isLinkedGroup } from "./linked-groups.ts";
import type { Work } from "./work.ts";

/** The classes that a change falls into; some fall into none. */
export function classesOf(
  work: Pick<Work, "config" | "target" | "store" | "clock">,
  row: WideRow,
): HoldClass[] {
  const action = row.targetId === null ? whatMayBe(row) : actionOf(row);
  // Who waits for a seat went past the guards before.
  if (action === "create") return row.seatsSince === null ? ["creations"] : [];
  if (action === "adopt") return isLeftAlone(work, row) || mayAdopt(work, row) ? [] : ["adoptions"];
  if (action === "delete") return [row.evidence === "not-visible" ? "not-visible" : "deletions"];
  if (action === "deactivate") {
    if (row.evidence === "not-visible") return ["not-visible"];
    return [work.target.capabilities.irreversibleDeactivation ? "deletions" : "deactivations"];
  }
  if (action === "reactivate") {
    if (row.switchedOff !== null) return ["switched-off"];
    return hadAccessInWindow(work, row) ? [] : ["creations"];
  }
  return action === "update" || action === "rename" ? classesOfValues(changesOf(row)) : [];
}

/**
 * The classes of a call by what the target holds before it: also of what somebody changed there by hand and the call brings back. Values that go
 * along with a deactivation are a part of it. What is to be empty, and as far as we know is, does not count: many services fill such values in
 * by themselves, whatever they are sent.
 */
export function classesOfCall(
  { target }: Pick<Work, "target">,
  call: { readonly action: string; readonly before: Attributes | null; readonly after: Attributes },
): HoldClass[] {
  const { action, before, after } = call;
  if (action !== "update" && action !== "rename" && action !== "none") return [];
  const changes = changesBetween(before, after);
  const switchesOff = changes.some((each) => each.path === "active" && each.before === true);
  if (!switchesOff)
    return changesIdentifier(changes.filter(({ after }) => after !== null)) ? ["identifier-changes"] : [];
  return [target.capabilities.irreversibleDeactivation ? "deletions" : "deactivations"];
}

function classesOfValues(changes: readonly ValueChange[]): HoldClass[] {
  return [
    ...(changesIdentifier(changes) ? (["identifier-changes"] as const) : []),
    ...(clearedPaths(changes).length > 0 ? (["cleared-values"] as const) : []),
  ];
}

/** Whoever left within the window and is back has what they had when it began: nobody gains anything by that, and nothing is to slow it down. */
function hadAccessInWindow(
  { config, store, clock }: Pick<Work, "config" | "store" | "clock">,
  row: WideRow,
): boolean {
  return store.comparison.deactivatedAt(row.id) > clock.now() - config.limits.windowMs;
}

/** A creation without an answer may have made an account, which is then switched off or deleted where nobody is to have one. */
function whatMayBe(row: WideRow): Action {
  if (row.doubt === null || row.intent === "active") return actionOf(row);
  return row.intent === "deleted" ? "delete" : row.intent === "inactive" ? "deactivate" : "none";
}

/** The policy says that accounts which exist already are none of ours. */
export function isLeftAlone(work: Pick<Work, "config">, row: WideRow): boolean {
  return (
    row.kind === "user" &&
    row.matchId !== null &&
    work.config.policy.existingAccounts === "leave" &&
    !isOwnCreation(row)
  );
}

/** What was found is what we created ourselves: its call got no answer and took effect long after. */
export function isOwnCreation({ matchNote }: Pick<WideRow, "matchNote">): boolean {
  return (JSON.parse(matchNote ?? "{}") as { ours?: boolean }).ours === true;
}

/**
 * Without a person's word only what the policy lets us adopt; never on a first run, never an account that was somebody else's, never a group.
 */
function mayAdopt(work: Pick<Work, "config" | "store">, row: WideRow): boolean {
  if (isOwnCreation(row) || (row.matchBy === byLink && isLinkedGroup(work, row))) return true;
  if (work.config.policy.existingAccounts !== "adopt" || row.kind === "group") return false;
  if (work.store.meta.get("started") === undefined) return false;
  const { externalId, formerly, active } = JSON.parse(row.matchNote ?? "{}") as {
    externalId?: string | null;
    formerly?: string | null;
    active?: boolean | null;
  };
  // Somebody switched it off on purpose: that it belongs to somebody of ours is no reason to switch it on.
  if (active === false) return false;
  if (formerly !== null && formerly !== undefined && formerly !== row.sourceId) return false;
  return (
    externalId === null ||
    externalId === undefined ||
    externalId === "" ||
    externalId === row.body["externalId"]
  );
}
