import { isObject } from "../../../scim/path.ts";
import type { Kind } from "../../../scim/resource.ts";
import { fetchOne } from "./read-one.ts";
import { asking, collection, isGuid, type Reading } from "./reading.ts";

const names: Readonly<Record<Kind, readonly string[]>> = {
  user: ["userPrincipalName", "mail", "mailNickname"],
  group: ["displayName", "mail", "mailNickname"],
};

/** More than this many hits do not help anybody to choose. */
const MOST = 50;

/** Ids that an admin may mean: by id, logon name, e-mail or alias of a person, name, e-mail or alias of a group. */
export async function find(
  reading: Reading,
  kind: Kind,
  key: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const text = key.trim();
  if (text === "" || text.includes("\0")) return [];
  if (isGuid(text)) {
    const id = text.toLowerCase();
    return (await fetchOne(reading, kind, id, signal)) === undefined ? [] : [id];
  }
  const literal = `'${text.replaceAll("'", "''")}'`;
  const filter = names[kind].map((name) => `${name} eq ${literal}`).join(" or ");
  const path = `${collection(kind)}?$select=id&$top=${MOST}&$filter=${encodeURIComponent(filter)}`;
  const answer = await reading.graph.ask(path, signal);
  // A text that cannot be a name is refused as a wrong filter.
  if (answer.status === 400) return [];
  if (answer.status !== 200) throw reading.graph.refusal(answer, asking[kind]);
  const hits = answer.body?.["value"];
  const ids = (Array.isArray(hits) ? hits : []).map((hit) => (isObject(hit) ? hit["id"] : undefined));
  return [...new Set(ids.filter((id) => typeof id === "string"))].slice(0, MOST);
}
