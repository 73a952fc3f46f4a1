import { ConfigurationError } from "../errors.ts";
import type { Json, Kind } from "../scim/resource.ts";
import type { Decision } from "../store/bindings.ts";
import { LinkList } from "../store/link-list.ts";
import type { WideRow } from "../store/rows.ts";
import { boundTo } from "./bind.ts";
import { type Shield, shieldOf } from "./protection.ts";
import { readAccounts } from "./read-accounts.ts";
import type { Work } from "./work.ts";

/** Somebody of one connection, and the same person in the other: no more than is needed, for there may be very many. */
export interface Move {
  readonly from: Pick<
    WideRow,
    "id" | "kind" | "sourceId" | "label" | "targetId" | "doubt" | "appliedIntent"
  > &
    Pick<WideRow, "switchedOff"> & { readonly externalId: Json };
  readonly to: Pick<WideRow, "id" | "sourceId" | "label" | "targetId" | "doubt" | "intent" | "problem"> &
    Pick<WideRow, "presence" | "reason">;
}

export function moveOf(from: WideRow, to: WideRow): Move {
  const { id, kind, sourceId, label, targetId, doubt, appliedIntent, switchedOff } = from;
  const externalId = from.appliedBody["externalId"] ?? null;
  const { intent, problem, presence, reason } = to;
  return {
    from: { id, kind, sourceId, label, targetId, doubt, appliedIntent, switchedOff, externalId },
    to: {
      ...{ id: to.id, sourceId: to.sourceId, label: to.label, targetId: to.targetId, doubt: to.doubt },
      ...{ intent, problem, presence, reason },
    },
  };
}

/** The two connections. */
export interface Ways {
  readonly from: Work;
  readonly to: Work;
}

/**
 * Why somebody cannot be moved, for an admin; undefined when they can. A move that a process died over can be made again: it goes on where it
 * ended.
 */
export function whyNotMoved({ from, to }: Ways, move: Move): string | undefined {
  const { kind, targetId } = move.from;
  const noun = kind === "user" ? "account" : "group";
  if (targetId === null) return `has no ${noun} in ${from.config.name}`;
  if (move.from.doubt !== null || move.to.doubt !== null)
    return "has a call under way whose outcome is not known yet; the next sync finds it out";
  if (move.to.targetId !== null && move.to.targetId !== targetId)
    return `has ${noun} ${move.to.targetId} in ${to.config.name} already`;
  const owner = from.store.claims.owner(kind, targetId);
  const isMoved = owner?.connection === to.config.name && owner.sourceId === move.to.sourceId;
  if (!isMoved && (owner?.connection !== from.config.name || owner.sourceId !== move.from.sourceId))
    return `${noun} ${targetId} ${owner === undefined ? "was let go of" : `belongs to ${owner.sourceId} of connection ${owner.connection}`}`;
  const isToBeOff = move.to.intent !== "active" || move.to.problem !== null || move.to.presence !== "present";
  const shield = shieldedIn(from, move.from.id);
  if (shield !== undefined) return `is protected: ${shield}`;
  if (isToBeOff && move.from.appliedIntent === "active")
    return `would lose the ${noun} in ${to.config.name}: ${move.to.problem ?? move.to.reason}`;
  return undefined;
}

/** Both have to write to the same target. */
export function sameTarget({ from, to }: Ways): void {
  if (from.config.name === to.config.name)
    throw new ConfigurationError("--from and --to name the same connection");
  if (from.config.target.name !== to.config.target.name) {
    throw new ConfigurationError(
      `${from.config.name} writes to ${from.config.target.name}, and ${to.config.name} to ${to.config.target.name}`,
      { hint: "an account can be handed from one connection to another at one target only" },
    );
  }
}

/**
 * Moves accounts from one connection to the other. The claims change hands first, in one commit: from then on the new connection alone may write.
 * Then its snapshot learns of them, with the memberships of groups that move along; then the old one forgets them. Whatever we die over, an
 * account has one owner, and the same command goes on. Nothing is sent to the target.
 */
export async function transfer(ways: Ways, moves: readonly Move[], reason: string): Promise<void> {
  const { from, to } = ways;
  const list = new LinkList();
  try {
    const given = new Map<string, Move>();
    for (const [at, move] of moves.entries()) {
      given.set(move.to.sourceId, move);
      if (move.to.targetId !== null) continue;
      const { kind, targetId } = move.from;
      list.add({ line: at + 1, kind, sourceId: move.to.sourceId, targetId: targetId ?? "" });
    }
    await readAccounts(to, list, (row, current) => {
      const old = given.get(row.sourceId)?.from;
      const bound = boundTo(to, row, current, old?.externalId ?? undefined);
      // Whom the old connection switched off may be switched on by the new one.
      return old?.appliedIntent === "inactive" && bound.intent === "inactive"
        ? { ...bound, switchedOff: old.switchedOff }
        : bound;
    });
    for (const { bound, sourceId, targetId } of list.each()) {
      if (bound === undefined)
        throw new ConfigurationError(
          `${given.get(sourceId)?.from.label || sourceId}: ${to.config.target.name} no longer holds ${targetId}`,
          { hint: `nothing was moved; first: rollcall sync ${from.config.name} --reconcile` },
        );
    }
    claimAll(ways, moves);
    bindAll(ways, moves, list, reason);
    cutAll(ways, moves, reason);
  } finally {
    list.close();
  }
}

function claimAll({ from, to }: Ways, moves: readonly Move[]): void {
  const handed = moves.map((move) => ({
    kind: move.from.kind,
    targetId: move.from.targetId ?? "",
    sourceId: move.from.sourceId,
    heir: move.to.sourceId,
  }));
  from.store.bindings.handOver(from.clock.now(), to.config.name, handed);
}

function bindAll({ from, to }: Ways, moves: readonly Move[], list: LinkList, reason: string): void {
  const { store } = to;
  const decision = decisionOf(to, reason, `transfer from ${from.config.name}`);
  const heirs = new Map(moves.map((move) => [move.from.id, move.to.id]));
  store.transaction(() => {
    for (const { kind, sourceId, bound } of list.each()) {
      const row = store.comparison.bySourceId(kind, sourceId);
      if (row !== undefined && bound !== undefined) store.bindings.bind(row, bound, decision);
    }
    // Whom somebody refers to may have come after them.
    for (const { kind, targetId, bound } of list.each()) {
      const linked = store.matches.linkedTo(kind, targetId);
      if (linked !== undefined && bound !== undefined) store.bindings.refer(linked.id, bound.references);
    }
    for (const move of moves) {
      if (move.from.kind !== "user" || move.to.targetId !== null) continue;
      for (const group of from.store.bindings.groupsHolding(move.from.id)) {
        const heir = heirs.get(group.id);
        if (heir !== undefined) store.bindings.holds(heir, move.to.id);
      }
    }
  });
}

function cutAll({ from, to }: Ways, moves: readonly Move[], reason: string): void {
  const decision = decisionOf(from, reason, `transfer to ${to.config.name}`);
  from.store.transaction(() => {
    for (const move of moves) from.store.bindings.cut(move.from, decision);
  });
}

function decisionOf({ run, actor, clock }: Work, reason: string, action: string): Decision {
  return { run, actor, at: clock.now(), reason, action };
}

const shields = new WeakMap<Work, Shield>();

/** Why the memberships of a person, or of a group, are left as they are. */
function shieldedIn(work: Work, id: number): string | undefined {
  const shield = shields.get(work) ?? shieldOf(work);
  shields.set(work, shield);
  const row = shield.isIdle ? undefined : work.store.pending.row(id);
  return row === undefined ? undefined : shield.aroundMembers(row);
}

/** Groups of the old connection that hold somebody who moves and that stay behind: they let go of whoever leaves, unless they are protected. */
export function groupsLeft(from: Work, { from: row }: Move) {
  if (row.kind === "group") return [];
  return from.store.bindings.groupsHolding(row.id).filter(({ id }) => shieldedIn(from, id) === undefined);
}

/** Takes somebody out of the groups that stay behind, before the account changes hands: afterwards nobody would remember. */
export async function leaveGroups(from: Work, move: Move, reason: string): Promise<void> {
  const { store, target, clock } = from;
  const member = move.from.targetId ?? "";
  for (const group of groupsLeft(from, move)) {
    if (!store.claims.mayWrite("group", group.targetId)) continue;
    const about = {
      resource: group.id,
      kind: "group" as Kind,
      sourceId: group.sourceId,
      targetId: group.targetId,
    };
    const attempt = store.audit.attempt(from.run, from.actor, clock.now(), {
      ...about,
      action: "remove members",
      reason,
      before: null,
      after: { members: [move.from.sourceId] },
    });
    try {
      await target.groups.changeMembers(
        group.targetId,
        { add: [], remove: [member] },
        { signal: from.abort },
      );
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      store.audit.outcome(attempt, clock.now(), from.run, "unknown", { message });
      throw error;
    }
    store.transaction(() => {
      store.audit.outcome(attempt, clock.now(), from.run, "done");
      store.memberships.settle(group.id, clock.now(), [{ usr: move.from.id, member: false }]);
    });
  }
}
