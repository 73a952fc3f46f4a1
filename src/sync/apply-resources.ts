import pLimit from "p-limit";
import { ItemError, isRollcallError } from "../errors.ts";
import { resources } from "../scim/api.ts";
import { buildResource, readAttributes } from "../scim/build.ts";
import { difference } from "../scim/patch.ts";
import type { Attributes, StoredResource } from "../scim/resource.ts";
import type { Done } from "../store/outcomes.ts";
import type { Phase, Reach } from "../store/pending.ts";
import type { WideRow } from "../store/rows.ts";
import { type Action, actionOf, wantedOf } from "./action.ts";
import { dispatch, type Planned } from "./dispatch.ts";
import { everyOne } from "./every-one.ts";
import { classesOf, isLeftAlone } from "./guard.ts";
import { findable, freshSince, lookUp } from "./match.ts";
import { isWaiting, retryAt } from "./retry.ts";
import { Streak } from "./streak.ts";
import type { Tally } from "./tally.ts";
import type { Work } from "./work.ts";
import { failureOf, writeDifference } from "./write.ts";

/**
 * Applies one phase in dispatch windows: work out what to send (nothing, where the target already holds it), mark the window durably, send,
 * settle. Rows that are held, in doubt, or waiting for their retry are left out.
 */
export async function applyResources(work: Work, phase: Phase, tally: Tally, reach: Reach): Promise<void> {
  const { concurrency } = work.target.capabilities;
  const limit = pLimit(concurrency);
  const streak = new Streak(work, tally);
  for (let after = 0; ; ) {
    work.signal.throwIfAborted();
    const rows = work.store.pending.rows(phase, after, concurrency * 8, reach);
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.id;
    const ready = rows.filter((row) => isReady(work, row, tally, reach));
    const planned = await everyOne(ready, limit, (row) => prepare(work, row, tally, streak));
    const window = announced(
      work,
      planned.filter((each) => each !== undefined),
      tally,
    );
    if (window.length > 0) await dispatch(work, window, limit, tally, streak);
    streak.endIfOver();
    work.progress({ step: "apply", done: tally.total });
  }
}

function isReady(work: Work, row: WideRow, tally: Tally, reach: Reach): boolean {
  const now = work.clock.now();
  if (row.doubt !== null || row.holdId !== null || tally.isSetAside(row.id)) return false;
  // A group whose members are in doubt: its one settle time stands until they were looked at.
  if (row.settleAt !== null && row.settleAt > now) return false;
  if (row.problem !== null && row.intent === "active") return false;
  // Without an account there is nothing to take away, and nothing to make for somebody who is off.
  if (row.targetId === null && (row.intent !== "active" || actionOf(row) === "conflict")) return false;
  if (isWaiting(row.retryAt, now) && reach.only === undefined) return false;
  if (isLeftAlone(work, row)) {
    tally.leftAlone += 1;
    return false;
  }
  return true;
}

/** Whom another connection is just creating, or did since we looked, is looked up again instead of created a second time. */
function announced(work: Work, planned: readonly Planned[], tally: Tally): readonly Planned[] {
  const newcomers = planned.flatMap((each) => {
    const { row, lookedAt } = each;
    return lookedAt === undefined ? [] : [{ kind: row.kind, names: namesOf(work, row), lookedAt, each }];
  });
  if (newcomers.length === 0) return planned;
  const refused = work.store.claims.announcements.make(work.clock.now(), newcomers);
  for (const { each } of refused) {
    const { row } = each;
    work.store.matches.record(0, [{ id: row.id, targetId: null, by: null, note: null }]);
    const message = `another connection has just created this ${row.kind} at the target, or is about to; the next sync looks it up again`;
    fail(work, row, "create", "collision", message, tally, work.clock.now());
  }
  const others = new Set(refused.map(({ each }) => each));
  return planned.filter((each) => !others.has(each));
}

/** What another connection may know the same person or group by. */
function namesOf(work: Work, { kind, body }: WideRow): Record<string, string> {
  const paths = new Set([kind === "user" ? "userName" : "displayName", ...work.mapping.match[kind]]);
  paths.delete("externalId");
  const named = [...paths].map((path) => [path, body[path]] as const);
  return Object.fromEntries(
    named.filter((each): each is readonly [string, string] => typeof each[1] === "string" && each[1] !== ""),
  );
}

/** Reads what the target holds and works out the call; undefined when none is needed or none is possible. */
async function prepare(work: Work, row: WideRow, tally: Tally, streak: Streak): Promise<Planned | undefined> {
  if (streak.isOver) return undefined;
  try {
    const action = actionOf(row);
    if (row.targetId === null)
      return action === "adopt" ? await adoption(work, row) : await creation(work, row);
    const owner = work.store.claims.owner(row.kind, row.targetId);
    if (owner !== undefined && owner.connection !== work.config.name)
      return lost(work, row, owner.connection, tally);
    // Who comes back claims again what was released.
    if (row.intent === "active")
      work.store.claims.take(row.kind, row.targetId, row.sourceId, work.clock.now());
    const current = await resources(work.target, row.kind).get(row.targetId, work.abort);
    if (current === undefined) return gone(work, row, tally);
    if (action === "delete") return deletion(work, row, current);
    return update(work, row, current, action, wantedOf(row));
  } catch (error) {
    const failure = failureOf(error);
    if (failure.type === "fatal" || !isRollcallError(error)) throw error;
    // A target that cannot show this one object may well show the others.
    if (failure.type === "refused") {
      fail(work, row, actionOf(row), failure.error.code, error.message, tally);
    } else {
      streak.failure(error);
      fail(work, row, actionOf(row), "unavailable", error.message, tally, work.clock.now());
    }
    return undefined;
  }
}

async function creation(work: Work, row: WideRow): Promise<Planned> {
  let lookedAt = row.matchAt ?? Number.NEGATIVE_INFINITY;
  if (lookedAt < freshSince(work)) {
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
  const send = async () => {
    const created = await resources(work.target, row.kind).create(buildResource(row.kind, after), {
      signal: work.abort,
    });
    return done(work, row, created.id, after, "created");
  };
  return { row, action: "create", before: null, after, lookedAt, send };
}

/** The account that was found, if it is still there and still the one; otherwise the person is set aside and looked up anew. */
async function adoption(work: Work, row: WideRow): Promise<Planned | undefined> {
  const current = await resources(work.target, row.kind).get(row.matchId ?? "", work.abort);
  const path = row.matchBy ?? findable(work, row.kind)[0] ?? "userName";
  const same = current !== undefined && difference(current, { [path]: row.body[path] ?? null }).length === 0;
  if (!same) {
    work.store.matches.record(0, [{ id: row.id, targetId: null, by: null, note: null }]);
    throw new ItemError(
      "collision",
      `the ${row.kind} that was found by ${path} is no longer the same; it is looked up anew`,
    );
  }
  // An external id that we gave it ourselves, for somebody who left, is replaced.
  const isOurs = work.store.claims.lastOwner(row.kind, current.id) === current.externalId;
  try {
    work.store.claims.take(row.kind, current.id, row.sourceId, work.clock.now());
  } catch (error) {
    work.store.matches.record(0, [{ id: row.id, targetId: null, by: null, note: null }]);
    throw error;
  }
  return update(work, row, current, "adopt", adoptedValues(row, isOurs ? undefined : current.externalId));
}

function update(
  work: Work,
  row: WideRow,
  current: StoredResource,
  action: Action,
  wanted: Attributes,
): Planned | undefined {
  const settled = done(work, row, current.id, wanted, action === "adopt" ? "adopted" : undefined);
  if (action !== "adopt" && difference(current, wanted).length === 0) {
    work.store.outcomes.settleQuietly(work.clock.now(), row.id, settled);
    return undefined;
  }
  const send = async () => {
    if (difference(current, wanted).length > 0)
      await writeDifference(work.target, row.kind, current, wanted, work.abort);
    return settled;
  };
  return { row, action, before: readAttributes(current, Object.keys(wanted)), after: wanted, send };
}

/** An account that belonged to another system keeps that system's external id. */
function adoptedValues(row: WideRow, externalId: string | undefined): Attributes {
  const wanted: Attributes = row.kind === "user" ? { ...wantedOf(row), active: true } : wantedOf(row);
  if (externalId === undefined || externalId === "") return wanted;
  const { externalId: _kept, ...rest } = wanted;
  return rest;
}

function deletion(work: Work, row: WideRow, current: StoredResource): Planned {
  const targetId = current.id;
  const send = async () => {
    await resources(work.target, row.kind).delete(targetId, { signal: work.abort });
    return done(work, row, targetId, {}, undefined);
  };
  return {
    row,
    action: "delete",
    before: readAttributes(current, Object.keys(row.appliedBody)),
    after: {},
    send,
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
    fail(
      work,
      row,
      "update",
      "not-found",
      `${row.kind} ${row.targetId} is gone at the target; it is looked up and created again in the next cycle`,
      tally,
    );
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

function done(
  work: Work,
  row: WideRow,
  targetId: string,
  wanted: Attributes,
  origin: "created" | "adopted" | undefined,
): Done {
  const intent = row.intent === "deleted" ? "deleted" : row.intent === "inactive" ? "inactive" : "active";
  const body: Attributes =
    row.kind === "user"
      ? { ...row.appliedBody, ...wanted, active: intent === "active" }
      : { ...row.appliedBody, ...wanted };
  const counts = classesOf(work, row);
  return {
    targetId,
    intent,
    applied: row.desired,
    body,
    counts,
    ...(origin === undefined ? {} : { origin }),
  };
}

function fail(
  work: Work,
  row: WideRow,
  action: string,
  code: string,
  message: string,
  tally: Tally,
  retry?: number,
): void {
  const now = work.clock.now();
  work.store.outcomes.fail(now, row.id, code, message, retry ?? retryAt(row.failures, now));
  tally.fail({ kind: row.kind, label: row.label, sourceId: row.sourceId, action, message });
  tally.setAside(row.id);
}
