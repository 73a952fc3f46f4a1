import pLimit from "p-limit";
import { ConnectionError, CredentialsRefused, ItemError } from "../errors.ts";
import { resources } from "../scim/api.ts";
import { sameText } from "../scim/filter.ts";
import { knownPath, readPath } from "../scim/path.ts";
import type { Kind, StoredResource } from "../scim/resource.ts";
import type { WideRow } from "../store/rows.ts";
import type { SurveyedAccount, SurveyList } from "../store/survey-list.ts";
import { everyOne } from "./every-one.ts";
import { lookUp } from "./match.ts";
import { type ReadReport, read } from "./read.ts";
import type { Work } from "./work.ts";

/** What was looked at. */
export interface Surveyed {
  readonly read: ReadReport;
  /** Kinds that the target does not list: people were looked up one by one, and accounts of nobody are not known. */
  readonly unlisted: readonly Kind[];
}

/**
 * Reads the whole directory and the whole target, and looks for an account for everybody who is to have one, by the same attributes and in the
 * same order as a sync would. Writes nothing to the target.
 */
export async function survey(work: Work, list: SurveyList): Promise<Surveyed> {
  const report = await read(work, { full: true });
  const unlisted: Kind[] = [];
  for (const kind of ["user", "group"] as const) {
    if (kind === "group" && !work.config.policy.groups.push) continue;
    if (!(await takeList(work, kind, list))) unlisted.push(kind);
    await findAccounts(work, kind, list, unlisted.includes(kind));
  }
  return { read: report, unlisted };
}

/** False when the target has no list. */
async function takeList(work: Work, kind: Kind, list: SurveyList): Promise<boolean> {
  let seen = 0;
  try {
    for await (const account of resources(work.target, kind).list(work.abort)) {
      note(work, kind, account, list);
      seen += 1;
      if (seen % 500 === 0) work.progress({ step: "match", done: seen });
      work.signal.throwIfAborted();
    }
    return true;
  } catch (error) {
    const refuses =
      error instanceof ItemError || error instanceof ConnectionError || error instanceof CredentialsRefused;
    if (seen > 0 || !refuses) throw error;
    return false;
  }
}

function note(work: Work, kind: Kind, account: StoredResource, list: SurveyList): void {
  const values: Record<string, string> = {};
  for (const path of work.mapping.match[kind]) {
    const value = readPath(account, knownPath(path));
    if (typeof value === "string" && value !== "") values[path] = value;
  }
  list.add(kind, surveyed(kind, account), values);
}

function surveyed(kind: Kind, account: StoredResource): SurveyedAccount {
  const name = account[kind === "user" ? "userName" : "displayName"];
  return {
    targetId: account.id,
    name: typeof name === "string" ? name : "",
    externalId: typeof account.externalId === "string" ? account.externalId : "",
    isOff: kind === "user" && account["active"] === false ? 1 : 0,
  };
}

async function findAccounts(work: Work, kind: Kind, list: SurveyList, oneByOne: boolean): Promise<void> {
  const limit = pLimit(work.target.capabilities.concurrency);
  for (let after = 0; ; ) {
    const page = work.store.people.page(kind, after, 200);
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.id;
    for (const { id, targetId } of page)
      if (targetId !== null) list.found(kind, { row: id, targetId, path: "" });
    const wanting = page.filter((row) => isLookedFor(row));
    if (oneByOne) await everyOne(wanting, limit, (row) => findOne(work, kind, row, list));
    else for (const row of wanting) findInList(work, kind, row, list);
    work.signal.throwIfAborted();
  }
}

/** Who is to have an account; and who is disabled and may have one that nobody switched off. */
function isLookedFor(row: WideRow): boolean {
  if (row.targetId !== null || row.presence !== "present" || row.problem !== null) return false;
  return row.intent === "active" || row.reasonCode === "disabled";
}

function findInList(work: Work, kind: Kind, row: WideRow, list: SurveyList): void {
  for (const path of work.mapping.match[kind]) {
    const value = row.body[path];
    if (typeof value !== "string" || value === "") continue;
    // What is held in the list is folded; an id is compared exactly.
    const hits = list
      .holding(kind, path, value)
      .filter((hit) => path !== "externalId" || sameText(path, value, hit.externalId));
    for (const { targetId } of hits) list.found(kind, { row: row.id, targetId, path });
    if (hits.length > 0) return;
  }
}

async function findOne(work: Work, kind: Kind, row: WideRow, list: SurveyList): Promise<void> {
  try {
    const there = await lookUp(work, kind, row);
    for (const hit of there?.hits ?? []) {
      note(work, kind, hit, list);
      list.found(kind, { row: row.id, targetId: hit.id, path: there?.path ?? "" });
    }
  } catch (error) {
    // A target that refuses one value in a filter may well take the others.
    if (!(error instanceof ItemError)) throw error;
    list.refused(kind, row.id, error.message);
  }
}
