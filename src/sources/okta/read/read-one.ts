import { ItemError } from "../../../errors.ts";
import type { Kind } from "../../../scim/resource.ts";
import type { Change } from "../../source.ts";
import { listed, membersOf } from "./members.ts";
import { groupNow, personNow } from "./one-now.ts";
import { isRead, type Reading } from "./reading.ts";

/** One person or group now, by id; whom Okta does not find by it is gone. */
export async function readOne(
  reading: Reading,
  kind: Kind,
  id: string,
  signal: AbortSignal,
): Promise<readonly Change[]> {
  if (!/^[A-Za-z0-9]{1,64}$/.test(id)) throw noId(id);
  const gone: Change = { type: "absent", kind, id, evidence: "not-found" };
  if (kind === "user") {
    const found = await personNow(reading, id, signal);
    // Okta takes logins and "me" in the place of an id too.
    if (found !== undefined && found.id !== id) throw noId(id);
    return [found === undefined ? gone : { type: "present", kind, id, record: found.record }];
  }
  const found = await groupNow(reading, id, signal);
  if (found === undefined) return [gone];
  if (!isRead(reading, found)) return [{ ...gone, evidence: "moved-out" }];
  const members = await membersOf(reading, id, signal);
  if (members === undefined) return [gone];
  return [{ type: "present", kind, id, record: found.record }, ...listed(id, members)];
}

function noId(id: string): ItemError {
  return new ItemError("invalid-value", `${id} is not the id of an object in Okta`);
}
