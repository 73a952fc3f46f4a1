import { isRollcallError } from "../errors.ts";
import { resources } from "../scim/api.ts";
import { readAttributes } from "../scim/build.ts";
import { difference } from "../scim/patch.ts";
import type { Attributes, StoredResource } from "../scim/resource.ts";
import type { HoldClass } from "../store/holds.ts";
import type { Reach } from "../store/pending.ts";
import type { WideRow } from "../store/rows.ts";
import type { Done } from "../store/write-done.ts";
import { actionOf, wantedOf } from "./action.ts";
import { classesOf, classesOfCall } from "./classes.ts";
import { find, findable } from "./match.ts";
import { withoutTemporaryNames } from "./name-conflicts.ts";
import { switchedOffBefore } from "./prepare-update.ts";
import { afterNoEffect, isRemoval, nextTryOf, noEffect } from "./retry.ts";
import { freesSeat } from "./seats.ts";
import { Streak } from "./streak.ts";
import type { Tally } from "./tally.ts";
import type { Work } from "./work.ts";
import { failureOf } from "./write.ts";

/**
 * Finds out what became of calls that got no answer (or whose answer died with us): waits until their effect must show, looks, compares in full.
 * Found: settled. Not found: the row is simply pending again. Found twice, or somebody else's: set aside for a person.
 */
export async function resolve(work: Work, tally: Tally, reach: Reach): Promise<void> {
  const streak = new Streak(work, tally);
  for (const row of work.store.pending.doubtful(reach)) {
    if (row.settleAt === null || row.settleAt > work.clock.now() || tally.isSetAside(row.id)) continue;
    work.signal.throwIfAborted();
    try {
      if (row.targetId === null) await resolveCreation(work, row, tally);
      else await resolveWrite(work, row, row.targetId, tally);
      streak.success();
    } catch (error) {
      stillUnknown(work, row, tally, error, streak);
    }
  }
  await streak.endIfOver();
}

/** The look itself failed: this row stays in doubt until the next run, and keeps nobody else waiting. */
function stillUnknown(work: Work, row: WideRow, tally: Tally, error: unknown, streak: Streak): void {
  const failure = failureOf(error);
  if (failure.type === "fatal") throw failure.error;
  if (work.abort.aborted || !isRollcallError(error)) throw error;
  const { id, kind, label, sourceId } = row;
  const [code, at] =
    failure.type === "refused"
      ? [failure.error.code, nextTryOf(work, row)]
      : ["unavailable", work.clock.now()];
  work.store.outcomes.fail(work.clock.now(), id, code, error.message, at);
  tally.setAside(id);
  tally.fail({ kind, label, sourceId, action: "look up", message: error.message });
  if (failure.type === "refused") streak.success();
  else streak.unreadable(error);
}

async function resolveCreation(work: Work, row: WideRow, tally: Tally): Promise<void> {
  const attempted = row.attempt === null ? undefined : work.store.audit.attempted(row.attempt);
  const sent = withoutReferences(work, row, { ...row.body, ...attempted?.after });
  const hits = await candidates(work, row, sent);
  const ours = hits.filter((hit) =>
    attempted?.action === "adopt" && hit.id === attempted.targetId
      ? isTaken(work, row, hit, attempted.after)
      : isOurs(work, row, hit, sent),
  );
  const [found, another] = ours;
  if (another !== undefined) {
    setAside(
      work,
      row,
      "duplicate",
      `${ours.length} ${row.kind}s at the target look like the one that we created`,
      tally,
    );
  } else if (found === undefined) {
    work.store.outcomes.resolve(work.run, work.clock.now(), row, undefined);
    countNoEffect(work, row, "create", tally);
  } else {
    work.store.outcomes.resolve(
      work.run,
      work.clock.now(),
      row,
      {
        ...(attempted?.action === "adopt"
          ? observeTaken(row, found, attempted.after)
          : { ...observe(row, found, "create"), origin: "created", counts: countsOf(row) }),
      },
      true,
    );
    tally.done(row.kind === "group" ? "create group" : "create");
  }
}

/** Not every service keeps a reference that an account was created with: whose it is shows by the other values. */
function withoutReferences(work: Work, { id }: WideRow, sent: Attributes): Attributes {
  const paths = new Set(work.store.references.wanted(id).map(({ path }) => path));
  return Object.fromEntries(Object.entries(sent).filter(([path]) => !paths.has(path)));
}

function countsOf({ kind }: WideRow): readonly HoldClass[] {
  return kind === "user" ? ["creations"] : [];
}

/** An account that was taken over: the external id of another system stays where it was not to be replaced. */
function observeTaken(row: WideRow, current: StoredResource, sent: Attributes): Done {
  const origin = "adopted";
  if ("externalId" in sent) return { ...observe(row, current, "create"), origin };
  const foreignId = typeof current.externalId === "string" ? current.externalId : undefined;
  return { ...observe({ ...row, origin }, current, "create"), origin, foreignId };
}

async function resolveWrite(work: Work, row: WideRow, targetId: string, tally: Tally): Promise<void> {
  const current = await resources(work.target, row.kind).get(targetId, work.abort);
  const now = work.clock.now();
  if (current === undefined) {
    // Where a deactivation deletes the account, its being gone is the effect of our call.
    const isEffect =
      row.intent === "deleted" ||
      (row.intent === "inactive" && work.target.capabilities.irreversibleDeactivation !== false);
    const counts = isEffect ? classesOf(work, row) : [];
    const done: Done = { targetId, intent: "deleted", applied: row.desired, body: {}, counts };
    if (row.intent === "active") work.store.outcomes.unlink(row.id);
    work.store.outcomes.resolve(work.run, now, row, row.intent === "active" ? undefined : done);
    return;
  }
  const attempted = row.attempt === null ? undefined : work.store.audit.attempted(row.attempt);
  const happened =
    attempted !== undefined &&
    attempted.action !== "delete" &&
    difference(current, attempted.after).length === 0;
  const asWanted = happened && attempted.action === actionOf(row) ? classesOf(work, row) : [];
  const counts = [...new Set([...asWanted, ...(happened ? classesOfCall(work, attempted) : [])])];
  const switchedOff = switchedOffBefore(work, row, attempted?.before["active"]);
  const observed: Done = { ...observe(row, current, attempted?.action), counts, switchedOff };
  work.store.outcomes.resolve(work.run, now, row, observed, happened);
  if (happened && freesSeat(row, attempted.action)) tally.seats.freed();
  if (happened) tally.done(row.kind === "group" ? `${attempted.action} group` : attempted.action);
  else if (observed.applied === null) countNoEffect(work, row, attempted?.action ?? actionOf(row), tally);
}

/** Everything at the target that has one of the values that were sent and by which we would know it again; today's may be others. */
async function candidates(work: Work, row: WideRow, sent: Attributes): Promise<readonly StoredResource[]> {
  const found = new Map<string, StoredResource>();
  for (const path of findable(work, row.kind)) {
    const value = sent[path];
    if (typeof value !== "string" || value === "") continue;
    for (const hit of await find(work, row.kind, path, value)) found.set(hit.id, hit);
  }
  return [...found.values()];
}

/**
 * What we created carries our external id. A target that does not keep it is asked for every value that we sent; what somebody else holds,
 * or what was linked to another of our rows, is not ours.
 */
function isOurs(work: Work, row: WideRow, hit: StoredResource, sent: Attributes): boolean {
  if (
    work.store.matches.linkedTo(row.kind, hit.id) !== undefined ||
    !work.store.claims.mayWrite(row.kind, hit.id)
  )
    return false;
  return carries(hit, sent) ?? difference(hit, sent).length === 0;
}

/** The account that was to be taken over, also from somebody of ours who left: it is ours once it holds what was sent. */
function isTaken(work: Work, row: WideRow, hit: StoredResource, sent: Attributes): boolean {
  if (!work.store.claims.mayWrite(row.kind, hit.id)) return false;
  return carries(hit, sent) === true || difference(hit, sent).length === 0;
}

/** Whether it has the external id that was sent; undefined where it has none, or none was sent. */
function carries(hit: StoredResource, sent: Attributes): boolean | undefined {
  const externalId = sent["externalId"];
  if (typeof externalId !== "string" || hit.externalId === undefined || hit.externalId === "")
    return undefined;
  return hit.externalId === externalId;
}

/**
 * What the target was seen to hold, as what it accepted. Where that is not what is wanted now, nothing counts as applied: also when the wish
 * went back meanwhile to what was applied before the call, or the call's effect would stay for ever.
 */
function observe(row: WideRow, current: StoredResource, action: string | undefined): Done {
  const wanted = wantedOf(row);
  const isOff = row.kind === "user" && current["active"] === false;
  // Only what we switched off ourselves counts as off; what somebody else switched off, or a policy made inactive, is not ours to switch on.
  const offByUs = isOff && action !== "create" && (row.appliedIntent !== "active" || action === "deactivate");
  const isToComeBack = offByUs && row.intent === "active";
  const stands = row.intent !== "deleted" && !isToComeBack && difference(current, wanted).length === 0;
  return {
    targetId: current.id,
    intent: offByUs ? "inactive" : "active",
    applied: stands ? row.desired : null,
    body: withoutTemporaryNames(
      row,
      readAttributes(current, new Set([...Object.keys(row.appliedBody), ...Object.keys(wanted)])),
    ),
  };
}

/**
 * The target gave no answer to a call that had no effect. The first time it is sent again at once; after that the object waits like one that was
 * refused, or it would cost every cycle its settle time. A call that died with us says nothing about the object.
 */
function countNoEffect(work: Work, row: WideRow, action: string, tally: Tally): void {
  if (row.errorCode !== "no-answer") return;
  const { id, kind, label, sourceId } = row;
  const now = work.clock.now();
  const next = afterNoEffect(work, { ...row, isRemoval: isRemoval(row) });
  work.store.outcomes.fail(now, id, "no-answer", noEffect, next ?? now);
  if (next === undefined) return;
  tally.setAside(id);
  tally.fail({ kind, label, sourceId, action, message: noEffect });
}

function setAside(work: Work, row: WideRow, code: string, message: string, tally: Tally): void {
  const now = work.clock.now();
  work.store.outcomes.resolve(work.run, now, row, undefined);
  work.store.outcomes.fail(now, row.id, code, message, nextTryOf(work, row));
  tally.setAside(row.id);
  tally.fail({ kind: row.kind, label: row.label, sourceId: row.sourceId, action: "create", message });
}
