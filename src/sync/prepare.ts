import { ItemError } from "../errors.ts";
import { resources } from "../scim/api.ts";
import { buildResource, readAttributes } from "../scim/build.ts";
import { difference } from "../scim/patch.ts";
import type { Attributes, StoredResource } from "../scim/resource.ts";
import type { GivenReference } from "../store/references.ts";
import type { WideRow } from "../store/rows.ts";
import type { Done } from "../store/write-done.ts";
import { actionOf, wantedOf } from "./action.ts";
import { isBeingTaken } from "./being-taken.ts";
import { classesOf, classesOfCall, isOwnCreation } from "./classes.ts";
import type { Planned } from "./dispatch.ts";
import { whyNotForGood } from "./for-good.ts";
import { foreignIdOf, keepsForeignId } from "./foreign-id.ts";
import { byLink, isLinkedGroup } from "./linked-groups.ts";
import { findable, freshSince, lookUp } from "./match.ts";
import { refuseSecond } from "./match-choice.ts";
import { attempt, type Preparation } from "./preparation.ts";
import { deactivation, done, update } from "./prepare-update.ts";
import { isStopped } from "./protection.ts";
import { noRoom } from "./room.ts";
import { fail } from "./set-aside.ts";
import type { Tally } from "./tally.ts";
import type { Work } from "./work.ts";

/** Reads what the target holds and works out the call; undefined when none is needed or none is possible. */
export async function prepare(given: Preparation, row: WideRow): Promise<Planned | undefined> {
  const { work, tally } = given;
  return attempt(given, row, async () => {
    const planned = await workOut(given, row);
    if (planned === undefined) return undefined;
    const names = [...classesOf(work, row), ...classesOfCall(work, planned)];
    const why = noRoom(tally, row, names);
    if (why === undefined) return planned;
    fail(work, row, planned.action, "limit", why, tally, work.clock.now());
    return undefined;
  });
}

async function workOut(given: Preparation, row: WideRow): Promise<Planned | undefined> {
  const { work, tally } = given;
  const action = actionOf(row);
  if (row.targetId === null)
    return action === "adopt" ? await adoption(given, row) : await creation(given, row);
  const owner = work.store.claims.owner(row.kind, row.targetId);
  if (owner !== undefined && owner.connection !== work.config.name)
    return lost(work, row, owner.connection, tally);
  if (isBeingTaken(work, row)) return undefined;
  // Who comes back claims again what was released.
  if (row.intent === "active") work.store.claims.take(row.kind, row.targetId, row.sourceId, work.clock.now());
  const forGood = action === "deactivate" ? whyNotForGood(work.target) : undefined;
  if (forGood !== undefined) {
    // Nothing is asked of the target: as soon as it is allowed, it is sent.
    fail(work, row, action, "mutability", forGood, tally, work.clock.now());
    return undefined;
  }
  const current = await resources(work.target, row.kind).get(row.targetId, work.abort);
  if (current === undefined) return gone(work, row, tally);
  if (isStopped(work, row, action, current)) return undefined;
  if (action === "delete") return deletion(given, row, current);
  if (action === "deactivate") return deactivation(given, row, current);
  return update(given, row, current, action, stillFollowed(row));
}

/**
 * Whom the directory no longer shows is switched off by a person's word alone, also where somebody at the target switched on again who was off:
 * that is for the next look at the whole target to find, and for the guards.
 */
function stillFollowed(row: WideRow): Attributes {
  const wanted = wantedOf(row);
  if (row.evidence !== "not-visible" || row.intent !== "inactive") return wanted;
  const { active: _later, ...rest } = wanted;
  return rest;
}

async function creation(given: Preparation, row: WideRow): Promise<Planned> {
  const { work, putOff, second } = given;
  if (isLinkedGroup(work, row))
    throw new ItemError(
      "collision",
      "policy.groups.link names the group that is to be used, and it is looked up anew",
    );
  let lookedAt = row.matchAt ?? Number.NEGATIVE_INFINITY;
  // What was asked in this run holds: accounts are handed over under the lock of the connection alone.
  if (lookedAt < freshSince(work)) {
    refuseSecond(work, row);
    lookedAt = work.clock.now();
    const there = await lookUp(work, row.kind, row);
    if (there !== undefined) {
      throw new ItemError(
        "collision",
        `a ${row.kind} with the same ${there.path} appeared at the target since it was looked up`,
      );
    }
  }
  const after: Attributes =
    row.kind === "user"
      ? { ...row.body, ...row.onCreate, active: work.config.policy.newUsers === "active" }
      : { ...row.body, ...row.onCreate };
  const references = referencesOf(given, row);
  const whole = { ...after, ...Object.fromEntries(references.map(({ path, targetId }) => [path, targetId])) };
  const send = async () => {
    const created = await resources(work.target, row.kind).create(buildResource(row.kind, whole), {
      signal: work.abort,
    });
    return { ...done(work, row, created.id, after, "created"), references: shownIn(created, references) };
  };
  return {
    row,
    action: "create",
    before: null,
    after: whole,
    lookedAt,
    send,
    putOff: (refusal) =>
      (references.length > 0 && second.createWithoutReferences(row, refusal)) || putOff(row, refusal),
  };
}

/** What the answer does not show is not known (0 is nobody's row), and looked at like every other reference. */
function shownIn(created: StoredResource, references: readonly GivenReference[]): Done["references"] {
  return references.map(({ path, value, targetId }) => ({
    path,
    value: difference(created, { [path]: targetId }).length === 0 ? value : 0,
  }));
}

/** What an account is created with of what is otherwise set once both sides have an account. */
function referencesOf({ work, tally, second }: Preparation, row: WideRow): readonly GivenReference[] {
  if (row.kind !== "user" || !second.takesReferences(row)) return [];
  const all = work.store.references.givable(row.id);
  return all.filter(({ path }) => !tally.isReferenceSetAside(row.id, path));
}

/** The account that was found, if it is still there and still the one; otherwise the person is set aside and looked up anew. */
async function adoption(given: Preparation, row: WideRow): Promise<Planned | undefined> {
  const { work } = given;
  const current = await resources(work.target, row.kind).get(row.matchId ?? "", work.abort);
  const path = row.matchBy ?? findable(work, row.kind)[0] ?? "userName";
  if (current === undefined || !isStillTheOne(row, current, path)) {
    work.store.matches.record(0, [{ id: row.id, targetId: null, by: null, note: null }]);
    throw new ItemError(
      "collision",
      `the ${row.kind} that was found by ${path} is no longer the same; it is looked up anew`,
    );
  }
  if (isStopped(work, row, "adopt", current)) return undefined;
  if (isOwnCreation(row)) {
    claim(work, row, current.id);
    return update(given, row, current, "adopt", wantedOf(row));
  }
  const foreignId = foreignIdOf(row, current.externalId, work.store.claims.lastOwner(row.kind, current.id));
  const kept = keepsForeignId(work) ? foreignId : undefined;
  claim(work, row, current.id);
  const planned = update(given, row, current, "adopt", adoptedValues(row, kept));
  return planned && { ...planned, send: async () => ({ ...(await planned.send()), foreignId: kept }) };
}

/** Takes the account for this person; where it is another connection's by now, it is looked up anew. */
function claim(work: Work, row: WideRow, targetId: string): void {
  const { claims } = work.store;
  try {
    if (isForsaken(work, row, targetId)) claims.release(row.kind, targetId, work.clock.now());
    claims.take(row.kind, targetId, row.sourceId, work.clock.now());
  } catch (error) {
    work.store.matches.record(0, [{ id: row.id, targetId: null, by: null, note: null }]);
    throw error;
  }
}

/** Claimed for somebody of ours whose adoption never came about, and who does not wait for it any more. */
function isForsaken({ config, store }: Work, row: WideRow, targetId: string): boolean {
  const owner = store.claims.owner(row.kind, targetId);
  if (owner === undefined || owner.connection !== config.name || owner.sourceId === row.sourceId)
    return false;
  const holder = store.comparison.bySourceId(row.kind, owner.sourceId);
  if (holder === undefined || holder.doubt !== null || holder.targetId === targetId) return false;
  const isWaiting = holder.intent === "active" && holder.matchId === targetId;
  return !isWaiting && store.comparison.doneTo(holder.id, targetId).length === 0;
}

/** It has the value that it was found by; or it carries our external id, and the value is what changed. */
function isStillTheOne(row: WideRow, current: StoredResource, path: string): boolean {
  if (path === byLink) return true;
  const ours = row.body["externalId"];
  if (typeof ours === "string" && ours !== "" && current.externalId === ours) return true;
  return difference(current, { [path]: row.body[path] ?? null }).length === 0;
}

/** What an account that is taken over is to hold: that another system's external id stays is up to the policy. */
function adoptedValues(row: WideRow, keptId: string | undefined): Attributes {
  const wanted: Attributes = row.kind === "user" ? { ...wantedOf(row), active: true } : wantedOf(row);
  if (keptId === undefined) return wanted;
  const { externalId: _kept, ...rest } = wanted;
  return rest;
}

function deletion({ work, second }: Preparation, row: WideRow, current: StoredResource): Planned {
  const send = async () => {
    const options = { signal: work.abort, ifMatch: current.meta?.version };
    await resources(work.target, row.kind).delete(current.id, options);
    return done(work, row, current.id, {}, undefined);
  };
  return {
    row,
    action: "delete",
    before: readAttributes(current, Object.keys(row.appliedBody)),
    after: {},
    send,
    putOff: (refusal) => second.isLate(row, refusal),
  };
}

/** Another connection took the account over after we had released it: the link goes, and nothing is written. */
function lost(work: Work, row: WideRow, owner: string, tally: Tally): undefined {
  if (row.intent === "active") {
    work.store.outcomes.unlink(row.id);
    const message = `${row.kind} ${row.targetId} at the target now belongs to connection ${owner}`;
    fail(work, row, "update", "collision", message, tally);
  } else settleGone(work, row);
  return undefined;
}

/** The account behind our link is gone at the target. Who was to lose it has lost it; who is to have one is looked up and created again. */
function gone(work: Work, row: WideRow, tally: Tally): undefined {
  if (row.intent === "active") {
    work.store.outcomes.unlink(row.id);
    const message = `${row.kind} ${row.targetId} is gone at the target; it is looked up and created again in the next cycle`;
    fail(work, row, "update", "not-found", message, tally);
  } else {
    settleGone(work, row);
  }
  return undefined;
}

function settleGone(work: Work, row: WideRow): void {
  work.store.outcomes.settleQuietly(work.clock.now(), row.id, {
    targetId: row.targetId ?? "",
    intent: "deleted",
    applied: row.desired,
    body: {},
  });
}
