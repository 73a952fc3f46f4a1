/** Entries of a round as changes: which object, gone or there, whole or in part. */
import pLimit from "p-limit";
import { ConnectionError } from "../../../errors.ts";
import { member } from "../../../scim/path.ts";
import type { Kind } from "../../../scim/resource.ts";
import type { Change } from "../../source.ts";
import type { Document } from "../client/answer.ts";
import type { Entry } from "../client/entries.ts";
import { memberChanges } from "./members.ts";
import { fetchOne, memberships } from "./read-one.ts";
import type { Reading } from "./reading.ts";
import { overlaid, readEntry, type Said } from "./record.ts";

/** Objects younger than this at the last round may not have been told yet. */
const RECENT_MS = 86_400_000;
/** Single reads at once. */
const READS = 4;

function idOf(entry: Document, host: string): string {
  const { id } = entry;
  if (typeof id === "string" && id !== "") return id;
  throw new ConnectionError(`${host} told of an object without its id, so nobody knows whom it means`);
}

function isRemoved(entry: Document): boolean {
  return member(entry, "@removed") !== undefined;
}

/** Everybody: the first time that an object is told it is told whole, later in the same round maybe in part. */
export function wholeChanges(reading: Reading, kind: Kind, entry: Document): readonly Change[] {
  const id = idOf(entry, reading.graph.host);
  if (isRemoved(entry)) return [{ type: "absent", kind, id, evidence: "tombstone" }];
  const { set, cleared } = readEntry(entry, reading.select[kind]);
  const object: Change = { type: "present", kind, id, record: set, cleared };
  return kind === "group" ? [object, ...memberChanges(id, entry, "listed")] : [object];
}

/**
 * What changed since the round of `sinceMs`. Graph promises at least the changed properties, and of relations nothing but their
 * changes; so what is missing says nothing, and an entry stands for a part. Only an object that may be new to us is asked for
 * whole, once; what the entry says counts more than that answer, which may come from a slower copy of the directory.
 */
export async function partChanges(
  reading: Reading,
  kind: Kind,
  entries: readonly Entry[],
  sinceMs: number,
  signal: AbortSignal,
): Promise<readonly Change[]> {
  const limit = pLimit(READS);
  const told = entries.map((entry) =>
    limit(() => changesOf(reading, kind, entry.document(), sinceMs, signal)),
  );
  return (await Promise.all(told)).flat();
}

async function changesOf(
  reading: Reading,
  kind: Kind,
  entry: Document,
  sinceMs: number,
  signal: AbortSignal,
): Promise<readonly Change[]> {
  const id = idOf(entry, reading.graph.host);
  if (isRemoved(entry)) return [{ type: "absent", kind, id, evidence: "tombstone" }];
  const said = withoutBlindness(readEntry(entry, reading.select[kind]));
  const members = kind === "group" ? memberChanges(id, entry, "add") : [];
  const part: Change = { type: "changed", kind, id, ...said };
  if (!mayBeNew(entry, sinceMs)) return [part, ...members];
  const now = await fetchOne(reading, kind, id, signal);
  if (now !== undefined) {
    const record = overlaid(now, said, reading.select[kind]);
    const back = await memberships(reading, kind, id, signal);
    return [{ type: "present", kind, id, record }, ...back, ...members];
  }
  // Reads may lag behind changes: then the entry itself has to do, which is whole for new objects.
  const isWhole = typeof entry["createdDateTime"] === "string";
  return [isWhole ? { type: "present", kind, id, record: said.set } : part, ...members];
}

/**
 * Every person of the tenant may or may not log in: where Graph says that there is no such value, it does not show it to us any more
 * (with User.ReadBasic.All, for instance). What was known of it stands, or whoever was blocked would count as let in again.
 */
function withoutBlindness({ set, cleared }: Said): Said {
  return { set, cleared: cleared.filter((name) => name !== "accountEnabled") };
}

/** False for those whose creation we were told of long ago. Accounts of the tenant's first years have no date. */
function mayBeNew(entry: Document, sinceMs: number): boolean {
  const created = entry["createdDateTime"];
  if (created === null) return false;
  const createdMs = typeof created === "string" ? Date.parse(created) : Number.NaN;
  return !(createdMs < sinceMs - RECENT_MS);
}
