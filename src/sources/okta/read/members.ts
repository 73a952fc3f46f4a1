import type { Change } from "../../source.ts";
import { saysGone } from "../client/refusal.ts";
import { PAGE, pathOf, type Reading } from "./reading.ts";
import { idOf } from "./record.ts";

/** Members per change. */
const SLICE = 1000;

/** Ids of all members of a group now; undefined when the group is gone. Okta lists them directly: groups there hold no groups. */
export async function membersOf(
  { api }: Reading,
  group: string,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  const ids: string[] = [];
  const path = pathOf(`/api/v1/groups/${encodeURIComponent(group)}/users`, { limit: PAGE });
  try {
    for await (const page of api.pages(path, "listing the members of a group", signal)) {
      for (const each of page) ids.push(idOf(each));
    }
  } catch (error) {
    if (saysGone(error)) return undefined;
    throw error;
  }
  return ids;
}

/** The whole list of members as changes. */
export function* listed(group: string, ids: readonly string[]): Generator<Change> {
  for (let from = 0; from === 0 || from < ids.length; from += SLICE) {
    const last = from + SLICE >= ids.length;
    yield { type: "members", group, mode: "listed", ids: ids.slice(from, from + SLICE), last };
  }
}
