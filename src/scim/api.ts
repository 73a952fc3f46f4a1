/**
 * THE internal API: everything that Rollcall does to people and groups goes through it (SCIM 2.0 in shape, RFC 7644).
 * Two implementations sit the same exam: targets/embedded and targets/http.
 *
 * Errors of every call:
 * - `ItemError`: definite, about this object; nothing was changed. 409 is "uniqueness", 412 "changed-meanwhile", 400/413/422 "invalid-value"
 *   or "mutability", 404 on a write "not-found" (reads return undefined instead), a licence limit "seats".
 * - `TransientError` with outcome "none": nothing was changed (connection refused, DNS, 429 or 503 with Retry-After before processing).
 * - `TransientError` with outcome "unknown": no answer, 5xx, 408, cut or unreadable answer to a write. Never sent again blindly by the implementation.
 * - `CredentialsRefused` (401, or 403 to everything) and `ConnectionError` (wrong base URL, not SCIM, redirect, certificate).
 * Waiting for Retry-After and for the rate limit happens inside, ends at once when `signal` aborts, and applies to reads and definite "none" only.
 */
import type { Expiry } from "../expiry.ts";
import type { Kind, Resource, StoredResource } from "./resource.ts";
import type { TargetSchema } from "./target-schema.ts";

/** One operation of a PATCH (RFC 7644 3.5.2). Absolute values only; `op` in lower case. */
export type PatchOperation =
  | { readonly op: "add" | "replace"; readonly path: string; readonly value: unknown }
  | { readonly op: "remove"; readonly path: string };

export interface WriteOptions {
  readonly signal: AbortSignal;
  /** ETag of the version that the change was computed from; ignored where the target offers none. */
  readonly ifMatch?: string | undefined;
}

export interface ResourceApi {
  create(resource: Resource, options: WriteOptions): Promise<StoredResource>;
  /** A group comes without members. */
  get(id: string, signal: AbortSignal): Promise<StoredResource | undefined>;
  /**
   * All resources whose attribute equals the value. The value is compared again locally, in full: exactly for `id` and `externalId`,
   * without regard to case for the others (RFC 7643 caseExact); a target's loose match is not a hit.
   * Throws ItemError "mutability" when the target cannot filter on the attribute.
   */
  find(attribute: string, value: string, signal: AbortSignal): Promise<readonly StoredResource[]>;
  /** Every resource, in pages; ends when no new id comes, never on an empty page alone. Groups come without members. */
  list(signal: AbortSignal): AsyncIterable<StoredResource>;
  /** How many the target says it holds (totalResults of the smallest page it answers); undefined if it will not say. */
  count(signal: AbortSignal): Promise<number | undefined>;
  replace(id: string, resource: Resource, options: WriteOptions): Promise<StoredResource | undefined>;
  /** Without operations nothing is asked of the target. */
  patch(
    id: string,
    operations: readonly PatchOperation[],
    options: WriteOptions,
  ): Promise<StoredResource | undefined>;
  /** Deleting what is gone is done (404 counts as success). */
  delete(id: string, options: WriteOptions): Promise<void>;
}

export interface GroupApi extends ResourceApi {
  /** Target ids of all members now. Throws ItemError "mutability" when the profile says that members cannot be read back. */
  members(id: string, signal: AbortSignal): Promise<ReadonlySet<string>>;
  /** Which of these are members now, at a cost that follows their number; absent at targets that show all members or none. */
  readonly among?: (id: string, ids: readonly string[], signal: AbortSignal) => Promise<ReadonlySet<string>>;
  /**
   * Adds and removes exactly these members; the caller has read and diffed, and keeps both lists together within
   * `capabilities.membersPerRequest`. One request where PATCH exists (adds and removes apart); elsewhere the group is read, overlaid and PUT
   * back, on condition that nobody changed it meanwhile (If-Match).
   */
  changeMembers(
    id: string,
    change: { readonly add: readonly string[]; readonly remove: readonly string[] },
    options: WriteOptions,
  ): Promise<void>;
}

/** What this target can do, from its profile and its own discovery documents; data, decided once per run. */
export interface Capabilities {
  /** Writes by PATCH, or by PUT of the whole resource: read, managed values laid over it, written back, read again. */
  readonly update: "patch" | "put";
  /** Attributes that `find` can filter on. */
  readonly filter: { readonly user: readonly string[]; readonly group: readonly string[] };
  readonly membersPerRequest: number;
  /** Members of a group can be read back. */
  readonly membersReadable: boolean;
  /** Deactivation that the target cannot undo, or that deletes: guarded as deletion, and not sent unless the configuration allows it. */
  readonly irreversibleDeactivation: false | "allowed" | "not allowed";
  /** Deleting users / groups is possible. */
  readonly delete: { readonly user: boolean; readonly group: boolean };
  readonly rename: { readonly user: boolean; readonly group: boolean };
  /** How long after a write without an answer its effect may still appear, in ms. */
  readonly settleMs: number;
  /** Calls at once. */
  readonly concurrency: number;
  /** The target rejects a second account with the same userName. */
  readonly enforcesUniqueness: boolean;
}

export interface ScimApi {
  readonly capabilities: Capabilities;
  readonly users: ResourceApi;
  readonly groups: GroupApi;
  /**
   * The account that our own login belongs to (RFC 7644 3.11); undefined where the service does not say. Throws like any read; absent at
   * targets that have no such thing.
   */
  readonly me?: (signal: AbortSignal) => Promise<string | undefined>;
  /** When the certificate of the service ends, as far as it was seen; asks nothing. */
  readonly expiries?: () => readonly Expiry[];
  /** What the service publishes of its schema; absent at targets that are no service. Throws like any read. */
  readonly schema?: (signal: AbortSignal) => Promise<TargetSchema>;
  /** Logs in, reads one user and one group, checks what the profile claims; writes nothing. */
  probe(signal: AbortSignal): Promise<readonly Finding[]>;
  close(): Promise<void>;
}

/** One line of `rollcall test`: what was checked and what came of it. */
export interface Finding {
  readonly ok: boolean | "warning";
  /** What was checked, e.g. "certificate", "permission: Replicating Directory Changes". */
  readonly check: string;
  /** What was found, one sentence. */
  readonly message: string;
  /** What to do, when not ok; may hold several lines (commands to type). */
  readonly hint?: string;
  /** Set when our login was refused: nothing else may be tried with it, and a cycle would end in quarantine. */
  readonly refused?: true;
  /** Set when this was a look-up by an attribute, which only a mapping that matches by it needs. */
  readonly lookUp?: { readonly kind: Kind; readonly attribute: string };
}

export function resources(api: ScimApi, kind: Kind): ResourceApi {
  return kind === "user" ? api.users : api.groups;
}
