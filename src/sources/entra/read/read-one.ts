import { ItemError } from "../../../errors.ts";
import { elements, member } from "../../../scim/path.ts";
import type { Kind } from "../../../scim/resource.ts";
import type { Change, Evidence, SourceRecord } from "../../source.ts";
import { type Answer, type Document, errorCode, saysGone } from "../client/answer.ts";
import { BATCH } from "../client/graph.ts";
import type { Asked } from "../client/refusal.ts";
import { isMemberKind, listedAll } from "./members.ts";
import { asking, collection, isGuid, permissions, type Reading } from "./reading.ts";
import { readEntry } from "./record.ts";

/**
 * One person or group now, with the groups that name it: who came back from the deleted ones is in the old groups again, and no
 * group tells of it. A group comes with its members, too.
 */
export async function readOne(
  reading: Reading,
  kind: Kind,
  id: string,
  signal: AbortSignal,
): Promise<readonly Change[]> {
  if (!isGuid(id)) throw new ItemError("invalid-value", `${id} is not the id of an object (a GUID)`);
  const record = await fetchOne(reading, kind, id, signal);
  if (record === undefined) {
    return [{ type: "absent", kind, id, evidence: await evidenceFor(reading, kind, id, signal) }];
  }
  const object: Change = { type: "present", kind, id, record };
  const named = await memberships(reading, kind, id, signal);
  if (kind === "user") return [object, ...named];
  const members = await membersNow(reading, id, record["visibility"] === HIDDEN, signal);
  return [object, ...(members === undefined ? [] : listedAll(id, members)), ...named];
}

/**
 * Several at once, for whom most likely there is nobody left: twenty questions are one request. Whoever is there after all, or of whom Graph says anything
 * else than that, is read alone.
 */
export async function* readSeveral(
  reading: Reading,
  objects: readonly { readonly kind: Kind; readonly id: string }[],
  signal: AbortSignal,
): AsyncGenerator<readonly Change[]> {
  const { graph } = reading;
  for (let from = 0; from < objects.length; from += BATCH) {
    const few = objects.slice(from, from + BATCH);
    const records = await graph.batch(
      few.map(({ kind, id }) => recordPath(reading, kind, id)),
      signal,
    );
    const gone = few.filter((_, at) => isGone(records[at]));
    const deleted = gone.length === 0 ? [] : await graph.batch(gone.map(deletedPath), signal);
    const evidence = new Map(gone.map((each, at) => [each, evidenceIn(deleted[at])]));
    for (const each of few) {
      const { kind, id } = each;
      const found = evidence.get(each);
      yield found === undefined
        ? await readOne(reading, kind, id, signal)
        : [{ type: "absent", kind, id, evidence: found }];
    }
  }
}

function isGone(answer: Answer | undefined): boolean {
  return answer !== undefined && saysGone(answer);
}

/** Groups whose members only Member.Read.Hidden shows. */
export const HIDDEN = "HiddenMembership";

/** Ids of the people and groups in it; undefined when the group hides them. */
async function membersNow(
  reading: Reading,
  id: string,
  isHidden: boolean,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  const { graph, log } = reading;
  const first = await graph.ask(`/groups/${id}/members?$select=id&$top=999`, signal);
  if (first.status === 403 && isHidden) {
    log.warn({ group: id }, "hides its members; Member.Read.Hidden would show them");
    return undefined;
  }
  if (first.status !== 200 || first.body === undefined) throw graph.refusal(first, asking.group);
  const ids: string[] = [];
  for await (const each of listFrom(reading, first.body, asking.group, signal)) {
    const member = each["id"];
    if (typeof member === "string" && isMemberKind(each)) ids.push(member);
  }
  return ids;
}

/** The record now; undefined when there is no such person or group. */
export async function fetchOne(
  reading: Reading,
  kind: Kind,
  id: string,
  signal: AbortSignal,
): Promise<SourceRecord | undefined> {
  const { graph, select } = reading;
  const answer = await graph.ask(recordPath(reading, kind, id), signal);
  if (saysGone(answer)) return undefined;
  if (answer.status !== 200 || answer.body === undefined) throw graph.refusal(answer, asking[kind]);
  return readEntry(answer.body, select[kind]).set;
}

function recordPath({ select }: Reading, kind: Kind, id: string): string {
  const names = select[kind].filter((name) => name !== "manager").map(encodeURIComponent);
  const expand = select[kind].includes("manager") ? "&$expand=manager($select=id)" : "";
  return `${collection(kind)}/${encodeURIComponent(id)}?$select=${names.join(",")}${expand}`;
}

/** Additions to the groups that a person or group is directly in. Without the permission for it, none. */
export async function memberships(
  reading: Reading,
  kind: Kind,
  id: string,
  signal: AbortSignal,
): Promise<readonly Change[]> {
  const { graph } = reading;
  const path = `${collection(kind)}/${encodeURIComponent(id)}/memberOf?$select=id&$top=999`;
  const first = await graph.ask(path, signal);
  if ([400, 403, 404].includes(first.status) && errorCode(first) !== undefined) {
    reading.log.debug({ id, status: first.status }, "the groups that name it may not be read");
    return [];
  }
  if (first.status !== 200 || first.body === undefined) throw graph.refusal(first, asking.group);
  const changes: Change[] = [];
  for await (const each of listFrom(reading, first.body, asking.group, signal)) {
    const group = each["id"];
    const isGroup = /\.group$/i.test(String(each["@odata.type"]));
    if (typeof group === "string" && isGroup)
      changes.push({ type: "members", group, mode: "add", ids: [id], last: false });
  }
  return changes;
}

/**
 * Deleted objects are kept for 30 days where they can be restored from; beyond them Graph says not found to who may read all
 * objects, which proves that there is none. https://learn.microsoft.com/graph/api/resources/directory
 */
async function evidenceFor(
  { graph }: Reading,
  kind: Kind,
  id: string,
  signal: AbortSignal,
): Promise<Evidence> {
  const answer = await graph.ask(deletedPath({ id }), signal);
  const evidence = evidenceIn(answer);
  if (evidence !== undefined) return evidence;
  throw graph.refusal(answer, {
    to: `look for a deleted ${kind}`,
    permission: kind === "user" ? permissions.users : permissions.deletedGroups,
  });
}

function deletedPath({ id }: { readonly id: string }): string {
  return `/directory/deletedItems/${encodeURIComponent(id)}?$select=id`;
}

/** Undefined: the answer proves nothing. */
function evidenceIn(answer: Answer | undefined): Evidence | undefined {
  if (answer?.status === 200) return "tombstone";
  if (isGone(answer)) return "not-found";
  if (answer?.status === 403 && errorCode(answer) !== undefined) return "not-visible";
  return undefined;
}

/** All entries of a list that comes in pages. */
export async function* listFrom(
  { graph }: Reading,
  first: Document,
  asked: Asked,
  signal: AbortSignal,
): AsyncGenerator<Document> {
  for (let page = first; ; ) {
    for (const each of elements(page["value"])) yield each as Document;
    const next = member(page, "@odata.nextLink");
    if (typeof next !== "string") return;
    page = await graph.get(next, asked, signal);
  }
}
