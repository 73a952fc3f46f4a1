import { ConnectionError, CredentialsRefused, ItemError, TransientError } from "../errors.ts";
import { resources, type ScimApi } from "../scim/api.ts";
import { difference, overlay } from "../scim/patch.ts";
import type { Attributes, Kind, StoredResource } from "../scim/resource.ts";

/** Brings what a target holds to these values: by a minimal patch of absolute values, or by its whole with our values laid over it. */
export async function writeDifference(
  api: ScimApi,
  kind: Kind,
  current: StoredResource,
  wanted: Attributes,
  signal: AbortSignal,
): Promise<void> {
  const options = { signal, ifMatch: current.meta?.version };
  if (api.capabilities.update === "put") {
    await resources(api, kind).replace(current.id, overlay(current, wanted), options);
    return;
  }
  await resources(api, kind).patch(current.id, difference(current, wanted), options);
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
