import { ConnectionError, CredentialsRefused, ItemError, TransientError } from "../errors.ts";
import { resources, type ScimApi } from "../scim/api.ts";
import { difference, overlay } from "../scim/patch.ts";
import type { Attributes, Kind, StoredResource } from "../scim/resource.ts";

/**
 * Brings what a target holds to these values: by a minimal patch of absolute values, or by its whole with our values laid over it, which is
 * read back, because services leave out what they do not know. Always on condition that it is still what was read, where the target gives
 * versions (RFC 7644 3.14): else it is "changed-meanwhile", and has to be read and worked out anew.
 */
export async function writeDifference(
  api: ScimApi,
  kind: Kind,
  current: StoredResource,
  wanted: Attributes,
  signal: AbortSignal,
): Promise<void> {
  const options = { signal, ifMatch: current.meta?.version };
  if (api.capabilities.update === "patch") {
    await resources(api, kind).patch(current.id, difference(current, wanted), options);
    return;
  }
  await resources(api, kind).replace(current.id, overlay(current, wanted), options);
  await readBack(api, kind, current.id, wanted, signal);
}

/** A whole resource was accepted: what of it was kept. */
async function readBack(
  api: ScimApi,
  kind: Kind,
  id: string,
  wanted: Attributes,
  signal: AbortSignal,
): Promise<void> {
  let kept: StoredResource | undefined;
  try {
    kept = await resources(api, kind).get(id, signal);
  } catch (error) {
    // It was written all the same: what became of it is found out by looking, later.
    const message = `${kind} ${id} was written and cannot be read back`;
    throw new TransientError(message, { outcome: "unknown", cause: error });
  }
  const lost = kept === undefined ? Object.keys(wanted) : pathsOf(difference(kept, wanted));
  if (lost.length === 0) return;
  throw new ItemError("not-kept", `the target accepted ${kind} ${id}, but does not keep ${lost.join(", ")}`, {
    hint: "leave these rows out of the mapping (path: null), or have the target store them",
  });
}

function pathsOf(operations: ReturnType<typeof difference>): string[] {
  return operations.map(({ path }) => path);
}

/** What a failed call says about the object, and about going on. */
export type CallFailure =
  /** Definite: this object was refused. */
  | { readonly type: "refused"; readonly error: ItemError }
  /** Definite: nothing happened, the target could not take it now. */
  | { readonly type: "unavailable"; readonly error: TransientError }
  /** It may have happened. */
  | { readonly type: "unknown"; readonly message: string }
  /** Definite: nothing happened, and nothing else will work either. */
  | { readonly type: "fatal"; readonly error: ConnectionError };

/** Tells definite and unknown failures apart. Anything that we do not know is unknown: it may have happened. */
export function failureOf(error: unknown): CallFailure {
  if (error instanceof ItemError) return { type: "refused", error };
  if (error instanceof CredentialsRefused || error instanceof ConnectionError)
    return { type: "fatal", error };
  if (error instanceof TransientError && error.outcome === "none") return { type: "unavailable", error };
  return { type: "unknown", message: error instanceof Error ? error.message : String(error) };
}
