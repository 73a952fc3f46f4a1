/** Walks a list of a SCIM service page by page (RFC 7644 3.4.2.4, RFC 9865). */
import { ProtocolError } from "../../errors.ts";
import { query } from "../../scim/filter.ts";
import { elements, isObject, member } from "../../scim/path.ts";
import type { Json, Kind, StoredResource } from "../../scim/resource.ts";
import type { Profile } from "../profiles/profile.ts";
import type { Client, Document } from "./client.ts";

export interface Walk {
  readonly kind: Kind;
  readonly filter?: string;
  /** "list users" */
  readonly to: string;
  /** Every resource once. `complete` is false when the service said that there are more than it showed. */
  readonly onEnd: (end: {
    readonly seen: number;
    readonly total: number | undefined;
    readonly complete: boolean;
  }) => void;
}

/** Pages without a new id in a row, after which a service that says there is more is not believed. */
const MOST_BARREN_PAGES = 3;

/**
 * Every resource once, whatever the service does at the end: some answer the first page again, some ignore startIndex, some count wrongly,
 * some send an empty page in between.
 */
export async function* walk(
  client: Client,
  profile: Profile,
  asked: Walk,
  signal: AbortSignal,
): AsyncGenerator<StoredResource> {
  const { paging, max } = profile.list;
  const seen = new Set<string>();
  let start = 1;
  let cursor: string | undefined = paging === "cursor" ? "" : undefined;
  let barren = 0;
  for (;;) {
    const page = await readPage(
      client,
      asked,
      {
        startIndex: paging === "index" ? start : undefined,
        cursor,
        count: paging === "none" ? undefined : max,
      },
      signal,
    );
    const fresh = page.resources.filter(({ id }) => !seen.has(id));
    for (const each of fresh) {
      // Also within one page: an id that comes twice is one resource.
      if (seen.has(each.id)) continue;
      seen.add(each.id);
      yield each;
    }
    barren = fresh.length === 0 ? barren + 1 : 0;
    start += page.resources.length === 0 ? max : page.resources.length;
    cursor = page.nextCursor;
    const more =
      paging === "cursor"
        ? cursor !== undefined
        : paging === "index" && (fresh.length > 0 ? mayHaveMore(page, start) : start <= (page.total ?? 0));
    if (more && barren < MOST_BARREN_PAGES) continue;
    asked.onEnd({ seen: seen.size, total: page.total, complete: !more && seen.size >= (page.total ?? 0) });
    return;
  }
}

interface Page {
  readonly resources: readonly StoredResource[];
  readonly total: number | undefined;
  readonly nextCursor: string | undefined;
}

/** After a page with something new: over when it reached the stated total. A total of 0 beside resources is a slip of the service. */
function mayHaveMore({ total }: Page, nextStart: number): boolean {
  return total === undefined || total === 0 || nextStart <= total;
}

async function readPage(
  client: Client,
  { kind, filter, to }: Walk,
  position: Readonly<Record<"startIndex" | "cursor" | "count", string | number | undefined>>,
  signal: AbortSignal,
): Promise<Page> {
  const excludedAttributes = kind === "group" ? "members" : undefined;
  const path = `${kind === "user" ? "/Users" : "/Groups"}${query({ filter, ...position, excludedAttributes })}`;
  const document = await client.call({ method: "GET", path, kind, to, object: false }, signal);
  return pageOf(document ?? {}, client.service, to, kind);
}

/** A ListResponse; `Resources` may be missing when there is none. */
function pageOf(document: Document, service: string, to: string, kind: Kind): Page {
  const resources = member(document, "Resources");
  const total = member(document, "totalResults");
  if (resources === undefined && total === undefined)
    throw new ProtocolError(`${service} answered something other than a list when asked to ${to}`, {
      hint: "check that baseUrl is the address of a SCIM 2.0 service, and that no proxy answers in its place",
    });
  const found = elements(resources).map((each) => storedOf(each, kind));
  const cursor = member(document, "nextCursor");
  return {
    resources: found.filter((each) => each !== undefined),
    total: typeof total === "number" && Number.isSafeInteger(total) && total >= 0 ? total : undefined,
    nextCursor: typeof cursor === "string" && cursor !== "" ? cursor : undefined,
  };
}

/** A resource of a service as ours: with its id, and a group without members. Undefined without a usable id. */
export function storedOf(value: Json | undefined, kind: Kind): StoredResource | undefined {
  const id = member(value, "id");
  if (!isObject(value) || (typeof id !== "string" && typeof id !== "number") || id === "") return undefined;
  const kept = Object.entries(value).filter(
    ([name]) => name.toLowerCase() !== "id" && !(kind === "group" && name.toLowerCase() === "members"),
  );
  return { ...Object.fromEntries(kept), id: String(id) };
}
