import pLimit from "p-limit";
import { ConnectionError, CredentialsRefused, ItemError } from "../errors.ts";
import { resources } from "../scim/api.ts";
import type { Kind, StoredResource } from "../scim/resource.ts";
import type { Bound } from "../store/bindings.ts";
import type { LinkList, ListedLink } from "../store/link-list.ts";
import type { WideRow } from "../store/rows.ts";
import { everyOne } from "./every-one.ts";
import type { Work } from "./work.ts";

/** Up to this many accounts are read one by one; the target's list costs less for more. */
const fewEnoughToRead = 200;

type BoundOf = (row: WideRow, current: StoredResource) => Bound;

/** Writes down for every link of the list what its account or group holds now; nothing where there is none. */
export async function readAccounts(work: Work, list: LinkList, boundOf: BoundOf): Promise<void> {
  for (const kind of ["user", "group"] as const) {
    await readKind(work, kind, list, boundOf);
    work.signal.throwIfAborted();
  }
}

async function readKind(work: Work, kind: Kind, list: LinkList, boundOf: BoundOf): Promise<void> {
  const wanted = list.count(kind);
  if (wanted === 0) return;
  if (wanted > fewEnoughToRead) await readList(work, kind, list, boundOf);
  const limit = pLimit(work.target.capabilities.concurrency);
  let window: ListedLink[] = [];
  const readWindow = async () => {
    const found = await everyOne(window, limit, async (link) => {
      const current = await existing(work, kind, link.targetId);
      return current === undefined ? undefined : { link, current };
    });
    for (const each of found) if (each !== undefined) note(work, list, each.link, each.current, boundOf);
    window = [];
    work.signal.throwIfAborted();
  };
  for (const { bound, ...link } of list.each()) {
    if (link.kind !== kind || bound !== undefined) continue;
    window.push(link);
    if (window.length >= fewEnoughToRead) await readWindow();
  }
  await readWindow();
}

/** Whom a list leaves out, or a target that has none, is not gone by that: they are read one by one afterwards. */
async function readList(work: Work, kind: Kind, list: LinkList, boundOf: BoundOf): Promise<void> {
  let seen = 0;
  try {
    for await (const current of resources(work.target, kind).list(work.abort)) {
      seen += 1;
      const link = list.with(kind, current.id);
      if (link !== undefined) note(work, list, link, current, boundOf);
      if (seen % 500 === 0) work.progress({ step: "match", done: seen });
    }
  } catch (error) {
    const refuses =
      error instanceof ItemError || error instanceof ConnectionError || error instanceof CredentialsRefused;
    if (seen > 0 || !refuses) throw error;
  }
}

async function existing(work: Work, kind: Kind, id: string): Promise<StoredResource | undefined> {
  try {
    return await resources(work.target, kind).get(id, work.abort);
  } catch (error) {
    if (error instanceof ItemError) return undefined;
    throw error;
  }
}

function note(work: Work, list: LinkList, link: ListedLink, current: StoredResource, boundOf: BoundOf): void {
  const row = work.store.comparison.bySourceId(link.kind, link.sourceId);
  if (row !== undefined) list.found(link.line, boundOf(row, current));
}
