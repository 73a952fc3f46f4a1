import { PresenceFilter } from "ldapts";
import { ItemError } from "../../../errors.ts";
import type { Kind } from "../../../scim/resource.ts";
import type { Change } from "../../source.ts";
import { ExtendedDnControl, ShowDeletedControl } from "../client/controls.ts";
import { resultCode } from "../client/result-code.ts";
import { searchSome } from "../client/search.ts";
import { guidBytes } from "./guid.ts";
import { identify, kindOf } from "./objects.ts";
import { attributesNow, stateNow } from "./objects-now.ts";
import type { Reading } from "./reading.ts";

/**
 * One person or group now, by GUID, wherever it is. What is not found may be deleted or only hidden from the account: the
 * directory gives the same answer to both, so it is "not-visible".
 */
export async function readOne(
  reading: Reading,
  kind: Kind,
  id: string,
  signal: AbortSignal,
): Promise<readonly Change[]> {
  if (guidBytes(id) === undefined)
    throw new ItemError("invalid-value", `${id} is not the id of an object (a GUID)`);
  const [entry] = await searchSome(
    reading.session,
    {
      base: `<GUID=${id}>`,
      scope: "base",
      filter: new PresenceFilter({ attribute: "objectClass" }),
      attributes: attributesNow(reading),
      controls: [new ExtendedDnControl(), new ShowDeletedControl()],
      what: `reading the object ${id}`,
    },
    signal,
    [resultCode.noSuchObject],
  );
  if (entry === undefined) return [{ type: "absent", kind, id, evidence: "not-visible" }];
  if (identify(reading, entry).deleted) return [{ type: "absent", kind, id, evidence: "tombstone" }];
  if (kindOf(entry) !== kind) return [{ type: "absent", kind, id, evidence: "not-visible" }];
  const changes: Change[] = [];
  for await (const some of stateNow(reading, [entry], signal)) changes.push(...some);
  return changes;
}
