/** Groups of a SCIM service: what users have too, and members. */
import { ItemError, TransientError } from "../../errors.ts";
import type { GroupApi, PatchOperation, WriteOptions } from "../../scim/api.ts";
import { elements, member } from "../../scim/path.ts";
import type { Json, Resource } from "../../scim/resource.ts";
import type { Document } from "./client.ts";
import { type Context, patchOf, pathOf, resourceApi } from "./resources.ts";

export function groupApi(context: Context): GroupApi {
  const { client, profile } = context;
  const plain = resourceApi("group", context);

  /** The whole group with its members; undefined when it is gone. */
  const whole = (id: string, signal: AbortSignal) =>
    client.call(
      { method: "GET", path: pathOf("group", id), kind: "group", to: `read group ${id}`, object: true },
      signal,
    );

  const present = async (id: string, signal: AbortSignal): Promise<Document> => {
    const document = await whole(id, signal);
    if (document === undefined)
      throw new ItemError("not-found", `group ${id} does not exist at ${client.service} any more`, {
        status: 404,
      });
    return document;
  };

  /** Puts the group back as it was read, with another list of members; what was read must still hold when it is written. */
  const put = async (
    read: Document,
    id: string,
    changed: Resource,
    members: readonly Json[],
    options: WriteOptions,
  ) => {
    const whole: Resource = { ...changed, members };
    const bytes = Buffer.byteLength(JSON.stringify(whole));
    const tooMuch =
      members.length > profile.membersPerRequest
        ? `${members.length} members, and ${client.service} takes ${profile.membersPerRequest}`
        : bytes > profile.maxBodyBytes
          ? `${bytes} bytes, and ${client.service} takes ${profile.maxBodyBytes}`
          : undefined;
    // Of the group, not of one member: leaving somebody out would not help.
    if (tooMuch !== undefined)
      throw new ItemError(
        "mutability",
        `group ${id} cannot be written as a whole: it would have ${tooMuch}`,
        {
          status: 413,
          hint: "split the group, or raise membersPerRequest or maxBodyBytes under quirks if the service takes more",
        },
      );
    const version = member(member(read, "meta"), "version");
    const ifMatch = options.ifMatch ?? (typeof version === "string" ? version : undefined);
    return plain.replace(id, whole, { signal: options.signal, ifMatch });
  };

  return {
    ...plain,
    async members(id, signal) {
      refuseUnreadable(context, id);
      return new Set(memberIds(await present(id, signal)));
    },
    async replace(id, resource, options) {
      // A PUT without members would empty the group.
      if (resource["members"] !== undefined) return plain.replace(id, resource, options);
      refuseUnreadable(context, id);
      const read = await present(id, options.signal);
      return put(read, id, resource, elements(member(read, "members")), options);
    },
    async changeMembers(id, change, options) {
      if (profile.update === "put") {
        refuseUnreadable(context, id);
        const once = async () => {
          const read = await present(id, options.signal);
          await put(read, id, withoutReadOnly(read), changedMembers(read, change), options);
        };
        try {
          await once();
        } catch (error) {
          const isLate = error instanceof ItemError && error.code === "changed-meanwhile";
          if (!isLate || options.ifMatch !== undefined) throw error;
          // Somebody else changed the group between our read and our write: once more from what it holds now.
          await once();
        }
        return;
      }
      let sent = 0;
      for (const operations of requestsFor(change, profile.maxBodyBytes)) {
        try {
          await plain.patch(id, operations, {
            signal: options.signal,
            ifMatch: sent === 0 ? options.ifMatch : undefined,
          });
        } catch (error) {
          if (sent === 0) throw error;
          // Part of the change stands: only reading the members again tells what is left to do.
          throw new TransientError(`${client.service} took only a part of the new members of group ${id}`, {
            outcome: "unknown",
            cause: error,
          });
        }
        sent += 1;
      }
    },
  };
}

function refuseUnreadable({ client, profile }: Context, id: string): void {
  if (!profile.membersReadable)
    throw new ItemError("mutability", `${client.service} does not show the members of group ${id}`);
}

function memberIds(group: Document): string[] {
  return elements(member(group, "members"))
    .map((each) => member(each, "value"))
    .filter((id) => typeof id === "string");
}

function changedMembers(
  group: Document,
  { add, remove }: { readonly add: readonly string[]; readonly remove: readonly string[] },
): Json[] {
  const leaving = new Set(remove);
  const staying = elements(member(group, "members")).filter(
    (each) => !leaving.has(String(member(each, "value"))),
  );
  const held = new Set(staying.map((each) => member(each, "value")));
  return [...staying, ...add.filter((id) => !held.has(id)).map((value) => ({ value }))];
}

function withoutReadOnly(group: Document): Resource {
  return Object.fromEntries(
    Object.entries(group).filter(([name]) => !["id", "meta"].includes(name.toLowerCase())),
  );
}

/**
 * Adds and removes apart, because services differ in what one request may hold: one `add` of all values; one `remove members[value eq "id"]`
 * each, never a `remove` or `replace` of the whole list. More requests than two only when the body would be too large.
 */
function requestsFor(
  { add, remove }: { readonly add: readonly string[]; readonly remove: readonly string[] },
  maxBytes: number,
): PatchOperation[][] {
  const adds = pieces(add, maxBytes, (id) => JSON.stringify({ value: id })).map((ids): PatchOperation[] => [
    { op: "add", path: "members", value: ids.map((value) => ({ value })) },
  ]);
  const removal = (id: string): PatchOperation => ({
    op: "remove",
    path: `members[value eq ${JSON.stringify(id)}]`,
  });
  const removes = pieces(remove, maxBytes, (id) => JSON.stringify(removal(id))).map((ids) =>
    ids.map(removal),
  );
  return [...adds, ...removes];
}

function pieces(ids: readonly string[], maxBytes: number, write: (id: string) => string): string[][] {
  const envelope = Buffer.byteLength(JSON.stringify(patchOf([{ op: "add", path: "members", value: [] }])));
  const result: string[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const id of ids) {
    const bytes = Buffer.byteLength(write(id)) + 1;
    if (size + bytes > maxBytes) {
      result.push([]);
      size = envelope;
    }
    result.at(-1)?.push(id);
    size += bytes;
  }
  return result;
}
