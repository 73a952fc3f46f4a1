import { CursorLost } from "../../../errors.ts";
import { z } from "../../../zod.ts";
import type { Cursor } from "../../source.ts";
import { readCursor } from "../../stored-cursor.ts";

const time = z.number().int().nonnegative();
const entry = z
  .union([z.tuple([time, z.string()]), z.tuple([time, z.string(), time, z.string()])])
  .readonly();
const entries = z.record(z.string(), entry).readonly();

const place = z.strictObject({
  v: z.literal(1),
  /** Id of the organisation. */
  org: z.string().min(1),
  /** Digest of what a record depends on besides the directory: attributes asked for, meaning of statuses. */
  ground: z.string(),
  /** When the last full read began, ms by our clock. */
  full: time,
  /** When this read began, ms by the server's clock; everything before it minus the overlap is told. */
  at: time,
  /** Where the next read looks from: `at` minus the overlap. */
  since: time,
  users: entries,
  groups: entries,
  /** Address to ask for more of the System Log; null where the account may not read it, or the log gave none. */
  log: z.string().nullable(),
});

/** Where a read ended. */
export type Place = z.infer<typeof place>;

export function cursorOf(at: Place): Cursor {
  return { text: JSON.stringify(at) };
}

/** Throws CursorLost when the text is not one of ours. */
export function placeOf(cursor: Cursor): Place {
  return readCursor(cursor, place);
}

/** Okta keeps its log for 90 days and cuts older questions silently; well before that only a full read is sound. */
const LONGEST_GAP_MS = 60 * 86_400_000;

/** Throws CursorLost unless changes since then add up to what a full read would show. */
export function checkPlace(from: Place, ground: string, fullEveryMs: number, now: number): void {
  if (from.ground !== ground)
    throw new CursorLost("attributes or the meaning of statuses were changed since the last read");
  if (now - from.full >= fullEveryMs) throw new CursorLost("the scheduled full read is due");
  if (now - from.at > LONGEST_GAP_MS) throw new CursorLost("the last read is too long ago for Okta's log");
}
