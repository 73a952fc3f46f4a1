import { elements, member } from "../../../scim/path.ts";
import type { Json } from "../../../scim/resource.ts";
import type { Change } from "../../source.ts";
import type { Document } from "../client/answer.ts";

/** Members per change: keeps transactions small. */
const SLICE = 1000;

type MembersChange = Extract<Change, { type: "members" }>;

/** People and groups can be pushed to a target; devices, service principals and contacts cannot. */
export function isMemberKind(value: Json): boolean {
  const type = member(value, "@odata.type");
  return type === undefined || type === null || /\.(user|group)$/i.test(String(type));
}

/** What `members@delta` of an entry says, in its order: who came ("listed" in a read of everybody), who went. */
export function memberChanges(
  group: string,
  entry: Document,
  came: "listed" | "add",
): readonly MembersChange[] {
  const slices: { readonly mode: MembersChange["mode"]; readonly ids: string[] }[] = [];
  for (const each of elements(entry["members@delta"])) {
    const id = member(each, "id");
    if (typeof id !== "string" || id === "") continue;
    const mode = member(each, "@removed") === undefined ? came : "remove";
    if (mode !== "remove" && !isMemberKind(each)) continue;
    const last = slices.at(-1);
    if (last?.mode === mode && last.ids.length < SLICE) last.ids.push(id);
    else slices.push({ mode, ids: [id] });
  }
  return slices.map(({ mode, ids }) => slice(group, mode, ids));
}

/** The end of a list: who was not listed is no member any more. */
export function listedAll(group: string, ids: readonly string[] = []): readonly MembersChange[] {
  const count = Math.max(1, Math.ceil(ids.length / SLICE));
  return Array.from({ length: count }, (_, index) => ({
    ...slice(group, "listed", ids.slice(index * SLICE, (index + 1) * SLICE)),
    last: index === count - 1,
  }));
}

function slice(group: string, mode: MembersChange["mode"], ids: readonly string[]): MembersChange {
  return { type: "members", group, mode, ids, last: false };
}
