/** What people do in the application's own console, behind our back. */
import { isDeepStrictEqual } from "node:util";
import type { PatchOperation, ScimApi } from "../../src/scim/api.ts";
import type { Json, Kind, Resource, StoredResource } from "../../src/scim/resource.ts";
import type { Report } from "../../src/sync/report.ts";
import type { World, WorldOptions } from "../world.ts";

const signal = new AbortController().signal;
const schema = "urn:ietf:params:scim:schemas:core:2.0:";

/** Whoever has a target: a world, a desk. */
type Application = Pick<World, "target">;

export const day = 24 * 3_600_000;

export function set(path: string, value: Json): PatchOperation {
  return { op: "replace", path, value };
}

/** Works at the target itself, unseen by the recorder. */
export async function atTarget<Result>(
  w: Application,
  work: (target: ScimApi) => Promise<Result>,
): Promise<Result> {
  const target = await w.target();
  try {
    return await work(target);
  } finally {
    await target.close();
  }
}

export async function named(target: ScimApi, kind: Kind, name: string): Promise<StoredResource> {
  const api = kind === "user" ? target.users : target.groups;
  for await (const each of api.list(signal))
    if (each[kind === "user" ? "userName" : "displayName"] === name) return each;
  throw new Error(`there is no ${kind} ${name} at the target`);
}

export async function byHand(
  w: Application,
  kind: Kind,
  name: string,
  ...operations: readonly PatchOperation[]
): Promise<void> {
  await atTarget(w, async (target) => {
    const api = kind === "user" ? target.users : target.groups;
    await api.patch((await named(target, kind, name)).id, operations, { signal });
  });
}

export async function deleteByHand(w: Application, kind: Kind, name: string): Promise<void> {
  await atTarget(w, async (target) => {
    const api = kind === "user" ? target.users : target.groups;
    await api.delete((await named(target, kind, name)).id, { signal });
  });
}

export async function createByHand(w: Application, kind: Kind, values: Resource): Promise<StoredResource> {
  return atTarget(w, async (target) => {
    const resource = { schemas: [`${schema}${kind === "user" ? "User" : "Group"}`], ...values };
    return (kind === "user" ? target.users : target.groups).create(resource, { signal });
  });
}

export async function membersByHand(
  w: Application,
  group: string,
  change: { readonly add?: readonly string[]; readonly remove?: readonly string[] },
): Promise<void> {
  await atTarget(w, async (target) => {
    const ids = async (names: readonly string[] = []) =>
      Promise.all(names.map(async (name) => (await named(target, "user", name)).id));
    const { id } = await named(target, "group", group);
    await target.groups.changeMembers(
      id,
      { add: await ids(change.add), remove: await ids(change.remove) },
      { signal },
    );
  });
}

/** Ten people, one of them ann, and a group of ann and p0001; everything is in sync, and the calls so far are forgotten. */
export async function inSync(
  world: (options?: WorldOptions) => World,
  options: WorldOptions = {},
): Promise<World> {
  const w = world(options);
  w.directory
    .people("p", 9)
    .person("ann", { title: "Engineer", mail: "ann@example.com" })
    .group("team", ["ann", "p0001"]);
  await w.sync();
  w.calls.length = 0;
  return w;
}

export function found(report: Report): Readonly<Record<string, number>> {
  return { ...report.reconcile?.found };
}

/** These counts and no others, inside of `toMatchObject`. */
export function exactly(counts: Readonly<Record<string, number>>): object {
  return {
    asymmetricMatch: (others: unknown) => isDeepStrictEqual(others, counts),
    toString: () => JSON.stringify(counts),
  };
}
