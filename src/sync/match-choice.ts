import { ItemError } from "../errors.ts";
import type { StoredResource } from "../scim/resource.ts";
import type { Match } from "../store/matches.ts";
import type { WideRow } from "../store/rows.ts";
import type { Work } from "./work.ts";

/** Somebody else of ours whose external id it carries: names change hands, these ids do not. */
function otherBearer(work: Work, { id, kind }: WideRow, { externalId }: StoredResource): WideRow | undefined {
  if (typeof externalId !== "string" || externalId === "") return undefined;
  const bearer = work.store.comparison.bySourceId(kind, externalId);
  if (bearer === undefined || bearer.id === id || bearer.intent !== "active") return undefined;
  return bearer.body["externalId"] === externalId ? bearer : undefined;
}

/** Throws ItemError "collision" for whoever's account was handed to another connection: they get no second one while it is looked after there. */
export function refuseSecond({ store }: Work, { kind, sourceId }: WideRow): void {
  const heir = store.claims.handedTo(kind, sourceId);
  if (heir === undefined) return;
  store.claims.wish(kind, heir.targetId, sourceId);
  throw new ItemError(
    "collision",
    `their ${kind} ${heir.targetId} at the target was handed to connection ${heir.connection} (there: ${heir.sourceId}); leave them out of the scope here`,
  );
}

/** The one account that was found, if this person may have it; throws ItemError "duplicate" or "collision" with the reason why not. */
export function chosen(
  work: Work,
  row: WideRow,
  found: { readonly path: string; readonly hits: readonly StoredResource[] },
): Omit<Match, "id"> {
  const { kind, sourceId, body } = row;
  const [hit, another] = found.hits;
  if (hit === undefined || another !== undefined) {
    throw new ItemError(
      "duplicate",
      `${found.hits.length} ${kind}s at the target have the same ${found.path}`,
      {
        hint: "keep one of them, or link the right one by hand",
      },
    );
  }
  const taken = work.store.matches.linkedTo(kind, hit.id);
  const owner = work.store.claims.owner(kind, hit.id);
  // Whoever left and was switched off has released the account.
  if (taken !== undefined && (owner !== undefined || taken.isOff === 0)) {
    throw new ItemError(
      "collision",
      `${kind} ${hit.id} at the target has this ${found.path}, but is linked to somebody else already${wayOut(work, taken.id)}`,
    );
  }
  if (owner !== undefined && owner.connection !== work.config.name) {
    work.store.claims.wish(kind, hit.id, sourceId);
    throw new ItemError(
      "collision",
      `${kind} ${hit.id} at the target has this ${found.path}, but belongs to connection ${owner.connection} (there: ${owner.sourceId}); leave it out of the scope of one of the two`,
    );
  }
  const bearer = otherBearer(work, row, hit);
  if (bearer !== undefined) {
    throw new ItemError(
      "collision",
      `${kind} ${hit.id} at the target has this ${found.path}, but the external id of ${bearer.sourceId}, who is to get it`,
    );
  }
  const value = body[found.path];
  if (
    owner === undefined &&
    typeof value === "string" &&
    work.store.claims.announcements.isUnderWay(work.clock.now(), kind, found.path, value)
  ) {
    work.store.claims.wish(kind, hit.id, sourceId);
    throw new ItemError(
      "collision",
      `${kind} ${hit.id} at the target has this ${found.path}, and another connection is just creating it; the next sync looks again`,
    );
  }
  const note = JSON.stringify({
    externalId: hit.externalId ?? null,
    active: hit["active"] ?? null,
    formerly: work.store.claims.lastOwner(kind, hit.id) ?? null,
    ...(isOurCreation(work, row, hit) ? { ours: true } : {}),
  });
  return { targetId: hit.id, by: found.path, note };
}

/** Who is gone from the directory and keeps what they have at the target is in the way until a person says otherwise. */
function wayOut({ store }: Work, holder: number): string {
  const row = store.pending.row(holder);
  if (row?.presence !== "absent") return "";
  return `: ${row.sourceId}, which is gone from the directory; \`rollcall unlink ${row.sourceId}\` lets it go`;
}

/** A creation that seemed lost and took effect after all: it carries our external id, and nobody else's hand was on it. */
function isOurCreation(work: Work, row: WideRow, hit: StoredResource): boolean {
  const ours = row.body["externalId"];
  return (
    typeof ours === "string" &&
    ours !== "" &&
    hit.externalId === ours &&
    work.store.claims.lastOwner(row.kind, hit.id) === undefined &&
    work.store.audit.mayHaveCreated(row.id)
  );
}
