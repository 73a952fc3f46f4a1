/** Users or groups of a SCIM service over HTTP (RFC 7644). */
import type { Clock } from "../../clock.ts";
import { ConnectionError, ItemError, ProtocolError, TransientError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import type { PatchOperation, ResourceApi, WriteOptions } from "../../scim/api.ts";
import { equals, query, sameText } from "../../scim/filter.ts";
import { member, type Path, parsePath, readPath } from "../../scim/path.ts";
import type { Kind, Resource, StoredResource } from "../../scim/resource.ts";
import type { Profile } from "../profiles/profile.ts";
import type { Client } from "./client.ts";
import { storedOf, walk } from "./walk.ts";
import { WholeList } from "./whole-list.ts";

export interface Context {
  readonly client: Client;
  readonly profile: Profile;
  readonly log: Log;
  readonly clock: Clock;
}

const PATCH_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

export function resourceApi(kind: Kind, { client, profile, log, clock }: Context): ResourceApi {
  const collection = kind === "user" ? "/Users" : "/Groups";
  const wholeList = new WholeList(
    (onEnd, signal) =>
      walk(client, profile, { kind, to: `list ${kind}s`, onEnd: ({ complete }) => onEnd(complete) }, signal),
    { clock, settleMs: profile.settleMs, service: client.service },
  );
  const changing = async <Result>(change: () => Promise<Result>): Promise<Result> => {
    wholeList.forget();
    try {
      return await change();
    } finally {
      wholeList.forget();
    }
  };
  const write = async (
    method: "PUT" | "PATCH",
    id: string,
    body: unknown,
    { signal, ifMatch }: WriteOptions,
  ) => {
    const path = pathOf(kind, id);
    const call = {
      method,
      path,
      kind,
      to: `change ${kind} ${id}`,
      object: true,
      body: JSON.stringify(body),
      ifMatch: profile.versions ? ifMatch : undefined,
    } as const;
    return changing(async () => storedOf(await client.call(call, signal), kind));
  };
  const get: ResourceApi["get"] = async (id, signal) => {
    const path = pathOf(kind, id) + query({ excludedAttributes: kind === "group" ? "members" : undefined });
    const document = await client.call(
      { method: "GET", path, kind, to: `read ${kind} ${id}`, object: true },
      signal,
    );
    if (document === undefined) return undefined;
    const found = storedOf(document, kind);
    if (found?.id === id) return found;
    throw new ProtocolError(`${client.service} answered with something else when asked for ${kind} ${id}`, {
      hint: "check that baseUrl is the address of a SCIM 2.0 service",
    });
  };
  const filtered = async (path: Path, value: string, signal: AbortSignal) => {
    const hits: StoredResource[] = [];
    let complete = true;
    const onEnd = (end: { readonly complete: boolean }) => {
      complete = end.complete;
    };
    const to = `look ${kind}s up by ${path.text}`;
    const filter = equals(path.text, value);
    for await (const each of walk(client, profile, { kind, filter, to, onEnd }, signal))
      if (holds(each, path, value)) hits.push(each);
    // "Nobody" from half a list would make a second account.
    if (!complete && hits.length === 0)
      throw new ConnectionError(`${client.service} holds back results when asked to ${to}`, {
        hint: "its paging is broken: set list.paging under quirks, or match by another attribute",
      });
    return hits;
  };
  return {
    async create(resource, { signal }) {
      const body = JSON.stringify(resource);
      const document = await changing(() =>
        client.call(
          { method: "POST", path: collection, kind, to: `create a ${kind}`, object: false, body },
          signal,
        ),
      );
      const created = storedOf(document, kind);
      if (created !== undefined) return created;
      throw new TransientError(`${client.service} accepted a new ${kind} but gave it no id`, {
        outcome: "unknown",
      });
    },
    get,
    async find(attribute, value, signal) {
      const { path } = parsePath(attribute);
      if (path === undefined || (path.text !== "id" && !knows(profile.filter[kind], path.text)))
        throw new ItemError("mutability", `${client.service} cannot look ${kind}s up by ${attribute}`);
      if (path.text === "id") return [await get(value, signal)].filter((each) => each !== undefined);
      try {
        return await filtered(path, value, signal);
      } catch (error) {
        if (!isRefusedFilter(error)) throw error;
        const all = await wholeList.all(signal);
        if (all !== undefined) return all.filter((each) => holds(each, path, value));
        throw new ItemError(
          error.code,
          `${client.service} refuses to look ${kind}s up by ${path.text} with this value (400), and holds too many to look through`,
          { status: 400, detail: error.detail, cause: error },
        );
      }
    },
    async *list(signal) {
      const onEnd = ({
        seen,
        total,
        complete,
      }: {
        readonly seen: number;
        readonly total: number | undefined;
        readonly complete: boolean;
      }) => {
        if (!complete)
          log.warn(
            { target: client.service, kind, seen, total },
            "the target showed fewer resources than it says it holds",
          );
      };
      yield* walk(client, profile, { kind, to: `list ${kind}s`, onEnd }, signal);
    },
    async count(signal) {
      // Not count=0: one service then says that there is nobody, another ignores it.
      const path =
        collection +
        query({ startIndex: 1, count: 1, excludedAttributes: kind === "group" ? "members" : undefined });
      const document = await client.call(
        { method: "GET", path, kind, to: `count ${kind}s`, object: false },
        signal,
      );
      const total = member(document, "totalResults");
      return typeof total === "number" && Number.isSafeInteger(total) && total >= 0 ? total : undefined;
    },
    replace: (id, resource, options) => write("PUT", id, resource, options),
    async patch(id, operations, options) {
      // Services refuse a request without operations, and it would change nothing.
      return operations.length === 0 ? undefined : write("PATCH", id, patchOf(operations), options);
    },
    async delete(id, { signal, ifMatch }) {
      if (!profile.delete[kind])
        throw new ItemError("mutability", `${client.service} cannot delete ${kind}s, its profile says`);
      const call = {
        method: "DELETE",
        path: pathOf(kind, id),
        kind,
        to: `delete ${kind} ${id}`,
        object: true,
        ifMatch: profile.versions ? ifMatch : undefined,
      } as const;
      try {
        await changing(() => client.call(call, signal));
      } catch (error) {
        if (!(error instanceof ItemError && error.code === "not-found")) throw error;
      }
    },
  };
}

/** Some services take a filter on an attribute, but not every value in it: a quote, a backslash. */
function isRefusedFilter(error: unknown): error is ItemError {
  return error instanceof ItemError && error.status === 400;
}

function holds(resource: StoredResource, path: Path, value: string): boolean {
  const theirs = readPath(resource, path);
  return typeof theirs === "string" && sameText(path.text, value, theirs);
}

/** The body of a PATCH. */
export function patchOf(operations: readonly PatchOperation[]): Resource {
  return { schemas: [PATCH_SCHEMA], Operations: operations as unknown as Resource["Operations"] & [] };
}

/** The path of one resource. Ids are opaque, but one that a URL would read as another place is refused. */
export function pathOf(kind: Kind, id: string): string {
  if (id === "" || id === "." || id === "..")
    throw new ItemError("invalid-value", `"${id}" cannot be the id of a ${kind}`);
  return `${kind === "user" ? "/Users" : "/Groups"}/${encodeURIComponent(id)}`;
}

function knows(attributes: readonly string[], wanted: string): boolean {
  return attributes.some((each) => parsePath(each).path?.text === wanted);
}
