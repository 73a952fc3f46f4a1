import { isObject } from "../../scim/path.ts";
import type { Json, Kind } from "../../scim/resource.ts";
import type { SourceRecord, View } from "../source.ts";
import { EXTENSION_ATTRIBUTES } from "./attributes.ts";

/**
 * Classes that are out of scope unless `scope.include` names them. Room, equipment and shared mailboxes cannot be told from people
 * by anything that Graph reports changes of. Most accounts of theirs are blocked, so they count as disabled; where they are not, a
 * scope rule has to leave them out, for instance by their lack of a licence.
 */
export const includes = {
  guests: "Guest users of other organisations (userType Guest)",
  directorySyncAccounts: "Accounts of Entra Connect itself (Sync_SERVER_...)",
} as const;

/** How Entra Connect names the account that it logs in with. */
const SYNC_ACCOUNT = /^Sync_.+_[0-9a-f]{12}@/i;

/** How a record looks to mapping and scope. Nothing in it changes by the clock alone. */
export function view(kind: Kind, record: SourceRecord, _now: number): View {
  const attributes = flattened(record);
  if (kind === "group") return { attributes };
  const excluded = exclusionOf(record);
  return {
    attributes,
    ...(record["accountEnabled"] === false ? { disabled: "sign-in is blocked in Entra ID" } : {}),
    ...(excluded === undefined ? {} : { excluded }),
  };
}

/** extensionAttribute1 to 15 stand beside the others, as administrators know them. */
function flattened(record: SourceRecord): SourceRecord {
  const inner = record[EXTENSION_ATTRIBUTES];
  if (inner === undefined || !isObject(inner)) return record;
  const taken: Record<string, Json> = {};
  for (const [name, value] of Object.entries(inner)) {
    if (/^extensionAttribute\d{1,2}$/.test(name) && value !== null && value !== undefined)
      taken[name] = value;
  }
  return { ...record, ...taken };
}

function exclusionOf(record: SourceRecord): View["excluded"] {
  if (String(record["userType"] ?? "").toLowerCase() === "guest")
    return { key: "guests", reason: "a guest of another organisation" };
  if (SYNC_ACCOUNT.test(String(record["userPrincipalName"] ?? "")))
    return { key: "directorySyncAccounts", reason: "the account that Entra Connect logs in with" };
  return undefined;
}
