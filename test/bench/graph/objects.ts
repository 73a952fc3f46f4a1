import { type Answer, badRequest, type GraphRequest, json, notFound } from "../../stand-ins/entra/answer.ts";
import type { Crowd } from "./crowd.ts";
import { idOf, indexOf } from "./ids.ts";
import { personWriter } from "./person-text.ts";
import { groupText } from "./rounds.ts";

const PATH =
  /^\/(?:(users|groups)\/([^/]+)(?:\/(memberOf|members))?|directory\/deletedItems\/([0-9a-f]{8}-[^/]+))$/;

/** Single people and groups, by id; undefined for a path that asks for something else. */
export function oneObject(crowd: Crowd, request: GraphRequest, root: string): Answer | undefined {
  const [found, collection, id = "", list, deleted] = PATH.exec(request.path) ?? [];
  if (found === undefined) return undefined;
  if (deleted !== undefined) return deletedItem(crowd, deleted);
  const kind = collection === "users" ? "user" : "group";
  const index = indexOf(kind, id);
  if (index === undefined || !crowd.isThere(kind, index)) throw notFound(id);
  if (list === "members") return members(crowd, index, request, root);
  const entries = list === undefined || kind === "group" ? [] : crowd.groupsOf(index);
  if (list === "memberOf")
    return json({ value: entries.map((group) => ({ "@odata.type": "#microsoft.graph.group", id: group })) });
  if (kind === "group") return body(groupText(index, []));
  const write = personWriter((request.query.get("$select") ?? "").split(","));
  const person = write(index, crowd.version(index));
  if (!request.query.has("$expand") || index === 0) return body(person);
  const manager = `"manager":{"@odata.type":"#microsoft.graph.user","id":"${idOf("user", Math.floor(index / 10))}"}`;
  return body(`${person.slice(0, -1)},${manager}}`);
}

function body(text: string): Answer {
  return { ...json({}), body: text };
}

function deletedItem(crowd: Crowd, id: string): Answer {
  const index = indexOf("user", id);
  if (index === undefined || index >= crowd.count("user") || crowd.isThere("user", index)) throw notFound(id);
  return json({ id });
}

function members(crowd: Crowd, group: number, { path, query }: GraphRequest, root: string): Answer {
  const most = Number(query.get("$top") ?? 999);
  const from = Number(query.get("$skiptoken") ?? 0);
  if (!Number.isInteger(from)) throw badRequest("Badly formed token.", "BadRequest");
  const value: object[] = [];
  for (const { index, next } of crowd.members(group, from)) {
    if (value.length === most)
      return json({
        "@odata.nextLink": `${root}/v1.0${path}?$select=id&$top=${most}&$skiptoken=${next - 1}`,
        value,
      });
    value.push({ "@odata.type": "#microsoft.graph.user", id: idOf("user", index) });
  }
  return json({ value });
}
