import type { LinkList } from "../store/link-list.ts";
import { boundTo, whyNotBound, whyProtected } from "./bind.ts";
import { readAccounts } from "./read-accounts.ts";
import type { Work } from "./work.ts";

/** Why a line cannot be had. */
export interface LinkProblem {
  readonly line: number;
  readonly message: string;
  /** Nobody is there: the person in the directory, or the account at the target. */
  readonly isMissing: boolean;
}

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
  const shielded = new Map<string, string>();
  await readAccounts(work, list, (row, current) => {
    const why = whyProtected(work, row, current);
    if (why !== undefined) shielded.set(`${row.kind} ${row.sourceId}`, why);
    return boundTo(work, row, current);
  });
  for (const { line, kind, sourceId, targetId, bound } of list.each()) {
    const why = shielded.get(`${kind} ${sourceId}`);
    if (why !== undefined) {
      problems.push({ line, message: `${sourceId} ${why}`, isMissing: false });
      list.drop(line);
      continue;
    }
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
