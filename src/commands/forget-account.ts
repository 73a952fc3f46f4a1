import type { Config, ConnectionConfig } from "../config/config.ts";
import { openTarget } from "../connection.ts";
import { TransientError } from "../errors.ts";
import { silent } from "../log.ts";
import type { ScimApi } from "../scim/api.ts";
import type { WideRow } from "../store/rows.ts";
import type { Store } from "../store/store.ts";
import { actorOf } from "./actor.ts";
import type { Io } from "./invocation.ts";

/**
 * The account that goes with a person who is forgotten. Only in a directory of our own: what another service holds is that service's. Undefined also
 * where the account is by now, or was last, of another connection or of somebody else of this one: then the link alone goes.
 */
export function accountOf(store: Store, { target }: ConnectionConfig, row: WideRow): string | undefined {
  const { targetId, appliedIntent, sourceId } = row;
  if (target.type !== "embedded" || targetId === null || appliedIntent === "deleted") return undefined;
  return store.claims.isOfOthers("user", targetId, sourceId) ? undefined : targetId;
}

/** Deletes it. The audit trail says so before and after: it is no call of a run. Returns whether there was one to delete. */
export async function deleteAccount(
  config: Config,
  connection: ConnectionConfig,
  store: Store,
  asked: { readonly row: WideRow; readonly reason: string; readonly io: Io },
): Promise<boolean> {
  const { row, reason, io } = asked;
  const targetId = accountOf(store, connection, row);
  if (targetId === undefined) return false;
  const target = await openTarget(config, connection, { clock: io.clock, log: silent });
  try {
    const seq = store.audit.attempt(0, actorOf(io), io.clock.now(), {
      ...{ resource: row.id, kind: "user", sourceId: row.sourceId, targetId },
      ...{ action: "delete", reason, before: null, after: null },
    });
    await send(target, targetId, store, seq, io);
    return true;
  } finally {
    await target.close();
  }
}

async function send(target: ScimApi, id: string, store: Store, seq: number, io: Io): Promise<void> {
  try {
    await target.users.delete(id, { signal: io.abort });
  } catch (error) {
    const isUnknown = error instanceof TransientError && error.outcome === "unknown";
    const message = error instanceof Error ? error.message : "";
    store.audit.outcome(seq, io.clock.now(), 0, isUnknown ? "unknown" : "failed", { message });
    throw error;
  }
  store.audit.outcome(seq, io.clock.now(), 0, "done");
}
