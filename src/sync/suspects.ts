import type { Guarded, HoldClass } from "../store/holds.ts";
import type { PendingMembership } from "../store/memberships.ts";
import type { Reach } from "../store/pending.ts";
import type { WideRow } from "../store/rows.ts";
import { actionOf } from "./action.ts";
import { classesOf } from "./classes.ts";
import { type Impact, impactOf } from "./edit-impact.ts";
import { privilegedGroups } from "./privileged.ts";
import { shieldOf } from "./protection.ts";
import type { Work } from "./work.ts";

/** What of a plan a person may have to say a word about. */
export interface Suspects {
  readonly classes: ReadonlyMap<HoldClass, readonly Guarded[]>;
  /** What an edit of the configuration would do, by the entries of its class. */
  readonly impacts: ReadonlyMap<Guarded, Impact>;
  /** What is not sent at all, because somebody is protected. */
  readonly stopped: readonly {
    readonly resource: number;
    readonly grp?: number;
    readonly reason: string;
  }[];
  /** Somebody is to lose an account or a membership. */
  readonly someoneLeaves: boolean;
}

/** Classes that an edit of the configuration is not asked about: they wait for a person whatever the reason. */
const apart: ReadonlySet<HoldClass> = new Set(["adoptions", "not-visible", "switched-off"]);

/** Walks the whole plan. Costs what is pending. */
export function suspectsOf(work: Work, reach: Reach): Suspects {
  const classes = new Map<HoldClass, Guarded[]>();
  const impacts = new Map<Guarded, Impact>();
  const stopped: { resource: number; grp?: number; reason: string }[] = [];
  let someoneLeaves = false;
  const judge = judging(work);
  const add = (name: HoldClass, guarded: Guarded) => {
    const list = classes.get(name);
    if (list === undefined) classes.set(name, [guarded]);
    else list.push(guarded);
  };
  const addEdit = (guarded: Guarded, impact: Impact) => {
    add("configuration", guarded);
    impacts.set(guarded, impact);
  };
  for (const phase of ["deactivations", "users", "groups", "deletions"] as const) {
    if (phase === "users")
      for (const { id, desired } of work.store.pending.newcomers(reach))
        add("creations", { id, desired, matchId: null });
    for (const row of work.store.pending.each(phase, reach, "others")) {
      if (row.problem !== null && row.intent === "active") continue;
      someoneLeaves ||= row.intent !== "active";
      const reason = judge.whyStopped(row);
      if (reason !== undefined) {
        stopped.push({ resource: row.id, reason });
        continue;
      }
      const guarded = { id: row.id, desired: row.desired, matchId: row.matchId };
      const impact = judge.impactOf(row);
      const names = classesOf(work, row).filter((name) => impact === undefined || apart.has(name));
      for (const name of names) add(name, guarded);
      if (impact !== undefined) addEdit(guarded, impact);
      else if (row.kind === "group" && row.intent === "deleted" && row.targetId !== null)
        add("member-removals", { ...guarded, weight: work.store.memberships.count(row.id).perhaps });
    }
  }
  for (const group of pendingGroups(work, reach)) {
    const around = judge.membersOf(group);
    for (const each of work.store.memberships.pending(group, reach)) {
      someoneLeaves ||= each.desired === 0;
      // What goes with the person waits for them anyway.
      const reason = each.waits === 1 ? undefined : around.whyStopped(each);
      if (reason !== undefined) {
        stopped.push({ resource: each.usr, grp: group, reason });
        continue;
      }
      const guarded = { id: each.usr, grp: group, joins: each.desired === 1, desired: null };
      if (around.isPrivileged && each.desired === 1 && each.applied === 0)
        add("privileged-additions", guarded);
      // Who leaves takes the memberships along; that was guarded as a deactivation or deletion.
      const mayBeIn = each.applied === 1 || each.doubt !== null;
      if (each.desired === 1 || !mayBeIn || each.leaves === 1) continue;
      if (each.edited === null) add("member-removals", guarded);
      else addEdit(guarded, { takesOut: true, clears: [] });
    }
  }
  return { classes, impacts, stopped, someoneLeaves };
}

/** Who is protected, which groups give rights, and what is the doing of an edit: asked for only where something is pending. */
function judging(work: Work) {
  const { store } = work;
  const shield = shieldOf(work);
  const privileged = privilegedGroups(work);
  const wereEdited = store.edits.some;
  return {
    whyStopped(row: WideRow): string | undefined {
      return shield.against(row, actionOf(row));
    },
    impactOf(row: WideRow): Impact | undefined {
      const effects = wereEdited ? store.edits.of(row.id) : undefined;
      return effects === undefined ? undefined : impactOf(row, effects);
    },
    membersOf(group: number) {
      const row = shield.isIdle ? undefined : store.pending.row(group);
      const ofGroup = row === undefined ? undefined : shield.aroundMembers(row);
      return {
        isPrivileged: privileged.has(group),
        whyStopped(membership: PendingMembership): string | undefined {
          return ofGroup ?? (shield.isIdle ? undefined : shield.aroundMember(membership));
        },
      };
    },
  };
}

function* pendingGroups(work: Work, reach: Reach): Iterable<number> {
  for (let after = 0; ; ) {
    const page = work.store.memberships.pendingGroups(after, 200, reach);
    yield* page;
    const last = page.at(-1);
    if (last === undefined) return;
    after = last;
  }
}
