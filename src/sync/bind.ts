import { ConfigurationError, ItemError, isRollcallError } from "../errors.ts";
import { resources } from "../scim/api.ts";
import { readAttributes } from "../scim/build.ts";
import { isEmpty, sameValue } from "../scim/compare.ts";
import { sameText } from "../scim/filter.ts";
import { knownPath, readPath } from "../scim/path.ts";
import type { Json, Kind, StoredResource } from "../scim/resource.ts";
import type { Bound } from "../store/bindings.ts";
import type { WideRow } from "../store/rows.ts";
import { followedOf } from "./action.ts";
import { foreignIdOf, keepsForeignId } from "./foreign-id.ts";
import { shieldOf } from "./protection.ts";
import type { Work } from "./work.ts";

type Parts = Pick<Work, "config" | "store" | "target" | "abort">;

/** The one account or group at the target that an admin means, by id or by name. Throws ConfigurationError where there is none, or more than one. */
export async function accountNamed(work: Parts, kind: Kind, key: string): Promise<StoredResource> {
  const hits = await accountsNamed(work, kind, key);
  const [hit, another] = hits;
  const noun = kind === "user" ? "account" : "group";
  if (hit === undefined) {
    throw new ConfigurationError(`${work.config.target.name} holds no ${noun} "${key}"`, {
      hint:
        kind === "user"
          ? "give its id at the target, or its userName there; `rollcall survey` lists accounts of nobody"
          : "give its id at the target, or its displayName there; `rollcall survey` lists groups of nobody",
    });
  }
  if (another !== undefined) {
    throw new ConfigurationError(`${work.config.target.name} holds ${hits.length} ${noun}s "${key}"`, {
      hint: `name one by id: ${hits
        .slice(0, 5)
        .map(({ id }) => id)
        .join(", ")}`,
    });
  }
  return hit;
}

/** By id before name. A service may refuse, or fail over, a name where it expects an id: that says nothing where somebody has the name. */
async function accountsNamed(work: Parts, kind: Kind, key: string): Promise<readonly StoredResource[]> {
  const path = kind === "user" ? "userName" : "displayName";
  const named = work.target.capabilities.filter[kind].includes(path)
    ? await resources(work.target, kind).find(path, key, work.abort)
    : undefined;
  try {
    const byId = await resources(work.target, kind).get(key, work.abort);
    if (byId !== undefined) return [byId];
  } catch (error) {
    if (!isRollcallError(error) || ((named ?? []).length === 0 && !(error instanceof ItemError))) throw error;
  }
  return named ?? inList(work, kind, path, key);
}

/** Where the target cannot look accounts up by name, its list is read. */
async function inList(
  { target, abort }: Parts,
  kind: Kind,
  path: string,
  name: string,
): Promise<readonly StoredResource[]> {
  const hits: StoredResource[] = [];
  for await (const each of resources(target, kind).list(abort)) {
    const theirs = each[path];
    if (typeof theirs === "string" && sameText(path, name, theirs)) hits.push(each);
  }
  return hits;
}

/** Why a row and an account cannot be brought together, for an admin; undefined when they can. */
export function whyNotBound(
  { config, store }: Pick<Parts, "config" | "store">,
  row: WideRow,
  targetId: string,
): string | undefined {
  const noun = row.kind === "user" ? "account" : "group";
  if (row.targetId === targetId) return undefined;
  if (row.targetId !== null) return `has ${noun} ${row.targetId} already`;
  if (row.doubt !== null)
    return "has a call under way whose outcome is not known yet; the next sync finds it out";
  const owner = store.claims.owner(row.kind, targetId);
  if (owner !== undefined && (owner.connection !== config.name || owner.sourceId !== row.sourceId)) {
    const where = owner.connection === config.name ? "" : ` of connection ${owner.connection}`;
    return `cannot have ${noun} ${targetId}: it belongs to ${owner.sourceId}${where}`;
  }
  const linked = store.matches.linkedTo(row.kind, targetId);
  if (linked !== undefined && linked.isOff === 0)
    return `cannot have ${noun} ${targetId}: it is linked to ${store.pending.row(linked.id)?.sourceId ?? "somebody else"}`;
  return undefined;
}

/** An account as it becomes this row's: what it holds now is what every change is shown against. `ours`: an external id that we gave it. */
export function boundTo(
  work: Pick<Work, "config" | "store" | "clock">,
  row: WideRow,
  current: StoredResource,
  ours?: Json,
): Bound {
  const isOff =
    row.kind === "user" && sameValue(knownPath("active"), false, readPath(current, knownPath("active")));
  const lastOwner = work.store.claims.lastOwner(row.kind, current.id);
  const foreignId = current.externalId === ours ? undefined : foreignIdOf(row, current.externalId, lastOwner);
  const keepsId = foreignId !== undefined && keepsForeignId(work);
  // Not yet "adopted": that would leave the external id out before it is known whose it is.
  const paths = Object.keys(followedOf({ ...row, origin: null }));
  const values = readAttributes(
    current,
    paths.filter((path) => path !== "externalId" || !keepsId),
  );
  return {
    targetId: current.id,
    origin: "adopted",
    intent: isOff ? "inactive" : "active",
    switchedOff: isOff ? work.clock.now() : null,
    body: row.kind === "user" ? { ...values, active: !isOff } : values,
    references: referencesOf(work, row, current),
    foreignId: keepsId ? foreignId : null,
  };
}

function referencesOf(
  { store }: Pick<Work, "store">,
  row: WideRow,
  current: StoredResource,
): Bound["references"] {
  const paths = store.comparison.referencesOf(row.id).map(({ path }) => path);
  return Object.fromEntries(
    paths.map((text) => {
      const theirs = readPath(current, knownPath(text));
      return [text, isEmpty(theirs) ? null : String(theirs)];
    }),
  );
}

/** Why this account may not become anybody's, or this person may not get any; undefined where nobody protects them. */
export function whyProtected(
  work: Pick<Work, "config" | "store">,
  row: WideRow,
  current: StoredResource,
): string | undefined {
  const why = shieldOf(work).against({ ...row, matchId: current.id }, "adopt", current);
  return why === undefined ? undefined : `is protected: ${why}`;
}
