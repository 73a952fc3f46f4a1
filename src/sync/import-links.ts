import pLimit from "p-limit";
import { ConnectionError, CredentialsRefused, ItemError } from "../errors.ts";
import { resources } from "../scim/api.ts";
import type { Kind, StoredResource } from "../scim/resource.ts";
import type { LinkList, ListedLink } from "../store/link-list.ts";
import type { WideRow } from "../store/rows.ts";
import { boundTo, whyNotBound } from "./bind.ts";
import { everyOne } from "./every-one.ts";
import type { Work } from "./work.ts";

/** Why a line cannot be had. */
export interface LinkProblem {
  readonly line: number;
  readonly message: string;
  /** Nobody is there: the person in the directory, or the account at the target. */
  readonly isMissing: boolean;
}

/** Up to this many accounts are read one by one; the target's list costs less for more. */
const fewEnoughToRead = 200;

/**
 * Looks whether every link of the list can be made: the person is known and has no other account, the account is there and free. Lines of links
 * that stand already leave the list and are counted. Writes nothing.
 */
export async function checkLinks(
  work: Work,
  list: LinkList,
): Promise<{ readonly problems: readonly LinkProblem[]; readonly standing: number }> {
  const problems: LinkProblem[] = [];
  let standing = 0;
  for (const link of list.each()) {
    const row = work.store.comparison.bySourceId(link.kind, link.sourceId);
    const isKnown = row !== undefined && row.presence === "present";
    const problem = isKnown ? whyNotBound(work, row, link.targetId) : undefined;
    if (!isKnown) {
      const message = `no ${link.kind === "user" ? "person" : "group"} ${link.sourceId} in the directory`;
      problems.push({ line: link.line, message, isMissing: true });
    } else if (problem !== undefined)
      problems.push({ line: link.line, message: `${link.sourceId} ${problem}`, isMissing: false });
    else if (row.targetId === link.targetId) standing += 1;
    else continue;
    list.drop(link.line);
  }
  for (const kind of ["user", "group"] as const) {
    await readAccounts(work, kind, list);
    work.signal.throwIfAborted();
  }
  for (const { line, kind, targetId, bound } of list.each()) {
    if (bound !== undefined) continue;
    const message = `${work.config.target.name} holds no ${kind === "user" ? "account" : "group"} ${targetId}`;
    problems.push({ line, message, isMissing: true });
    list.drop(line);
  }
  return { problems: problems.sort((a, b) => a.line - b.line), standing };
}

/** Claims every account of the list in one commit, then links them in another: if we die in between, the same file can be imported again. */
export function makeLinks(work: Work, list: LinkList, reason: string): void {
  const { store, clock, run, actor } = work;
  const at = clock.now();
  store.bindings.claim(at, list.each());
  store.transaction(() => {
    const decision = { run, actor, at, reason, action: "link" };
    for (const { kind, sourceId, bound } of list.each()) {
      const row = store.comparison.bySourceId(kind, sourceId);
      if (row === undefined || bound === undefined) throw new Error("a link was not checked");
      store.bindings.bind(row, bound, decision);
    }
    // Whom somebody refers to may have got their account after them.
    for (const { kind, targetId, bound } of list.each()) {
      const referred = Object.values(bound?.references ?? {}).some((each) => each !== null);
      const linked = referred ? store.matches.linkedTo(kind, targetId) : undefined;
      if (linked !== undefined) store.bindings.refer(linked.id, bound?.references ?? {});
    }
  });
}

/** What every account of the list holds now. */
async function readAccounts(work: Work, kind: Kind, list: LinkList): Promise<void> {
  const wanted = list.count(kind);
  if (wanted === 0) return;
  if (wanted > fewEnoughToRead) await readList(work, kind, list);
  const limit = pLimit(work.target.capabilities.concurrency);
  let window: ListedLink[] = [];
  const read = async () => {
    const found = await everyOne(window, limit, async (link) => {
      const current = await existing(work, kind, link.targetId);
      return current === undefined ? undefined : { link, current };
    });
    for (const each of found) if (each !== undefined) note(work, list, each.link, each.current);
    window = [];
    work.signal.throwIfAborted();
  };
  for (const { bound, ...link } of list.each()) {
    if (link.kind !== kind || bound !== undefined) continue;
    window.push(link);
    if (window.length >= fewEnoughToRead) await read();
  }
  await read();
}

/** Whom a list leaves out, or a target that has none, is not gone by that: they are read one by one afterwards. */
async function readList(work: Work, kind: Kind, list: LinkList): Promise<void> {
  let seen = 0;
  try {
    for await (const current of resources(work.target, kind).list(work.abort)) {
      seen += 1;
      const link = list.with(kind, current.id);
      if (link !== undefined) note(work, list, link, current);
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

function note(work: Work, list: LinkList, link: ListedLink, current: StoredResource): void {
  const row: WideRow | undefined = work.store.comparison.bySourceId(link.kind, link.sourceId);
  if (row !== undefined) list.found(link.line, boundTo(work, row, current));
}
