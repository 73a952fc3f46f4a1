import type { Kind } from "../scim/resource.ts";
import type { Approver } from "../store/approvals.ts";
import { changeOf } from "../store/held-objects.ts";
import type { Answered } from "../store/rejections.ts";
import type { Store } from "../store/store.ts";
import type { Work } from "./work.ts";

/** An approval is good for three days: who said yes had today's list before their eyes. */
export const goodForMs = 72 * 3_600_000;

/** A change with what the audit trail says of it. */
export interface Approvable extends Answered {
  readonly kind: Kind;
  readonly sourceId: string;
  readonly targetId: string | null;
  readonly groupLabel: string | null;
}

/** Writes a person's yes down: the approvals and their rows of the audit trail, in one transaction. Returns until when it is good. */
export function approve<Change extends Approvable>(
  store: Store,
  changes: readonly Change[],
  by: Omit<Approver, "expiresAt">,
  runOf: (change: Change) => number,
): number {
  const expiresAt = by.at + goodForMs;
  store.transaction(() => {
    store.holds.approveThese(changes, { ...by, expiresAt });
    for (const change of changes) {
      const about = aboutAnswer(change, "approve", by.reason);
      // A change that no guard limits has nothing to be approved: only the no to it is taken back.
      if (change.class !== "changes") store.audit.approval(runOf(change), by.actor, by.at, about);
      else store.audit.decision(runOf(change), by.actor, by.at, { ...about, action: "take back reject" });
    }
  });
  return expiresAt;
}

/** What the audit trail says of a yes or a no. */
export function aboutAnswer(change: Approvable, word: "approve" | "reject", reason: string) {
  const { resource, kind, sourceId, targetId, groupLabel } = change;
  return {
    resource,
    kind,
    sourceId,
    targetId,
    action: `${word} ${change.class}`,
    reason,
    before: null,
    after: groupLabel === null ? null : { group: groupLabel },
  };
}

/** Lets everything through that is held, or was rejected, of one person: they are let through by name, and for this reason. Returns how much. */
export function letThrough(work: Work, resource: number, reason: string): number {
  const { store } = work;
  const by = { actor: work.actor, reason, at: work.clock.now() };
  const held = store.holds.open().flatMap((hold) =>
    store.holds
      .objects(hold.id, -1)
      .filter((object) => object.resource === resource)
      .map((object) => ({ ...object, ...changeOf(object, hold.class) })),
  );
  const rejected = store.holds.rejections.list(-1).filter((each) => each.resource === resource);
  const changes: readonly Approvable[] = [...held, ...rejected];
  if (changes.length > 0) approve(store, changes, by, () => work.run);
  return changes.length;
}
