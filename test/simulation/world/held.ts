import type { Store } from "../../../src/store/store.ts";
import type { HeldNow } from "./events.ts";

/** What `rollcall held show` lists, hold by hold. */
export function heldNow(store: Store): HeldNow[] {
  return store.holds.open().flatMap((hold) =>
    store.holds.objects(hold.id, -1).map((object) => ({
      hold: hold.id,
      class: hold.class,
      kind: object.kind,
      sourceId: object.sourceId,
      group: object.groupLabel ?? undefined,
      groupId: object.grp === 0 ? undefined : store.pending.row(object.grp)?.sourceId,
      targetId: object.targetId ?? undefined,
      matchId: object.matchId ?? undefined,
      desired: object.desired === null ? "" : object.desired.toString("hex"),
    })),
  );
}
