import type { Kind, StoredResource } from "../scim/resource.ts";
import type { PendingMembership } from "../store/memberships.ts";
import type { WideRow } from "../store/rows.ts";
import { type Action, changesIdentifier, changesOf } from "./action.ts";
import { ownAccountOf } from "./own-account.ts";
import { entryFor, entryNamed, someAreProtected } from "./protected-entries.ts";
import type { Work } from "./work.ts";

const kinds = ["user", "group"] as const;

/**
 * Finds out whom the entries of `protect` mean, and remembers it: who is renamed afterwards stays protected. By ids and names in every run;
 * by any other value of their records, an e-mail address for instance, only when everything was read or the entries changed.
 */
export function findProtected({ config, store }: Work, everythingWasRead: boolean): void {
  const written = JSON.stringify(config.protect);
  const search = everythingWasRead || store.meta.get("protect") !== written;
  if (!someAreProtected(config.protect) && !search) return;
  store.transaction(() => {
    for (const kind of kinds) {
      const entries = config.protect[`${kind}s`];
      store.protections.keep(kind, entries);
      const found = new Set([...store.protections.known().values()].map(({ entry }) => entry));
      for (const entry of entries) {
        const rows =
          search && !found.has(entry) ? store.people.find(entry, kind) : store.people.named(entry, kind);
        for (const { id } of rows) store.protections.protect(kind, entry, id);
      }
    }
    store.meta.set("protect", written);
  });
}

/** Asked for every change that is about to be planned or sent. */
export interface Shield {
  /** Why this change may not be sent; undefined where nobody protects them from it. `current`: what the target was just read to hold. */
  against(row: WideRow, action: Action, current?: StoredResource): string | undefined;
  /** Nobody is protected. */
  readonly isIdle: boolean;
  /** Why the members of this group are left as they are; or, of a person, all of their memberships. */
  aroundMembers(row: WideRow): string | undefined;
  /** The same of one member, from what is at hand: there may be very many. */
  aroundMember(member: Pick<PendingMembership, "usr" | "targetId" | "label">): string | undefined;
}

/** Who is protected as things stand now. */
export function shieldOf(work: Pick<Work, "config" | "store">): Shield {
  const own = ownAccountOf(work);
  const known = work.store.protections.known();
  const isConfigured = someAreProtected(work.config.protect);
  const ofOwn = (account: string | null) =>
    account !== null && account === own
      ? "it is the account that our own login at the target belongs to"
      : undefined;
  const ofEntry = (kind: Kind, entry: string | undefined) =>
    entry === undefined ? undefined : `protect.${kind}s names "${entry}"`;
  const why = (row: WideRow, current?: StoredResource): string | undefined => {
    const reason = row.kind === "user" ? ofOwn(row.targetId ?? row.matchId) : undefined;
    if (reason !== undefined || !isConfigured) return reason;
    return ofEntry(row.kind, known.get(row.id)?.entry ?? entryFor(work, row, current));
  };
  return {
    isIdle: !isConfigured && own === undefined,
    against: (row, action, current) => (isDangerous(row, action) ? why(row, current) : undefined),
    aroundMembers: (row) => why(row),
    aroundMember({ usr, targetId, label }) {
      const reason = ofOwn(targetId);
      if (reason !== undefined || !isConfigured) return reason;
      return ofEntry(
        "user",
        known.get(usr)?.entry ?? entryNamed(work.config.protect, "user", [targetId, label]),
      );
    },
  };
}

/** Asked once more right before something is sent, with what the target holds by now: then the change is set aside like the others. */
export function isStopped(work: Work, row: WideRow, action: Action, current: StoredResource): boolean {
  const reason = shieldOf(work).against(row, action, current);
  if (reason === undefined) return false;
  work.store.transaction(() => work.store.protections.stop({ resource: row.id }, reason));
  return true;
}

/** What takes somebody's account, name or access away. */
function isDangerous(row: WideRow, action: Action): boolean {
  if (action === "update" || action === "rename")
    return action === "rename" || changesIdentifier(changesOf(row));
  return action === "adopt" || action === "deactivate" || action === "delete";
}
